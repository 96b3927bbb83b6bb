"""Writes the report of a run into its file, whatever ended the run."""

from __future__ import annotations

import base64
import errno
import hashlib
import html
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from target_groove.delivery.encoding import to_json
from target_groove.outputs.report.content import content

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from target_groove.outputs.report.kept import Kept
    from target_groove.outputs.standing import Standings
    from target_groove.outputs.summary import Summary
    from target_groove.outputs.tally import Tally
    from target_groove.settings import Settings

_HERE: Final = Path(__file__).parent
_SHORTEST_TOKEN: Final = 8
_MASK: Final = "***"


class Report:
    """The page about a run."""

    def __init__(
        self,
        settings: Settings,
        *,
        run_id: str,
        summary: Summary,
        tally: Tally,
        kept: Kept,
        standings: Standings,
        now: Callable[[], float],
        logger: logging.Logger,
    ) -> None:
        """Take what it is made of; nothing is written yet.

        Args:
            settings: The settings.
            run_id: The name of the run.
            summary: The records.
            tally: The requests.
            kept: The rejected records.
            standings: Says how far the run is.
            now: Gives the time, seconds since 1970.
            logger: Learns if the page cannot be written.
        """
        self._settings = settings
        self._run_id = run_id
        self._path = Path(settings.report_path or "")
        self._summary = summary
        self._tally = tally
        self._kept = kept
        self._standings = standings
        self._now = now
        self._logger = logger

    def write(self, error: BaseException | None = None) -> Path | None:
        """Write the page.

        A run is not judged by its report: if the file cannot be written, the log says so.

        Args:
            error: What ended the run, if it did not go through.

        Returns:
            Where it is; None if it could not be written.
        """
        try:
            _write_whole(self._path, self.page(error).encode(errors="replace"))
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            self._logger.warning(
                "The report %s cannot be written (%s); mend that or set report_path.",
                self._path,
                reason,
            )
            return None
        return self._path

    def page(self, error: BaseException | None = None) -> str:
        """Make the page; it needs no other file and no network."""
        values = content(
            self._settings,
            run_id=self._run_id,
            summary=self._summary,
            tally=self._tally,
            kept=self._kept,
            standing=self._standings.now(),
            ended_at=self._now(),
            error=None if error is None else str(error) or type(error).__name__,
        )
        data = to_json(values).decode()
        token = self._settings.api_token
        if len(token) >= _SHORTEST_TOKEN:
            data = data.replace(to_json(token).decode()[1:-1], _MASK)
        # Inside a script element only this could end it.
        data = data.replace("<", "\\u003c")
        style, script = (
            (_HERE / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
        )
        parts = {
            "policy": _policy(style, script),
            "sentence": html.escape(self._summary.sentence),
            "style": style,
            "script": script,
            # Last: it may contain what looks like another place.
            "data": data,
        }
        page = (_HERE / "page.html").read_text(encoding="utf-8")
        for name, text in parts.items():
            page = page.replace(f"[[{name}]]", text, 1)
        return page


def _policy(style: str, script: str) -> str:
    """Allow what is in the page and nothing else, not even a picture from elsewhere."""
    hashes = [
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()
        for each in (style, script)
    ]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _write_whole(path: Path, content: bytes) -> None:
    """Put the file in its place at once; who reads it sees the old one or the new one.

    Raises:
        OSError: It cannot be put there; a pipe or device stays what it is.
    """
    path = Path(os.path.realpath(path))  # What a link leads to is replaced, not the link.
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is no file")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
        os.replace(temporary, path)  # noqa: PTH105 - the name is text
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
