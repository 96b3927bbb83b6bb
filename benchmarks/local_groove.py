"""The sandbox as a process, asked how many requests it got."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT, NotMeasuredError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = "sandbox-token"  # noqa: S105 - opens nothing but the sandbox


class LocalGroove:
    """A Groove with agents, groups, mailboxes, a knowledge base and a widget.

    Attributes:
        api_url: Where its API is.
        token: What calls must carry.
    """

    def __init__(self, url: str) -> None:
        """Ask at this address."""
        self._url = url
        self._seen = 0
        self.api_url = f"{url}/v1"
        self.token = _TOKEN

    def new_requests(self) -> int:
        """How many arrived since this was asked last."""
        entries = self._ask(f"/_log?since={self._seen}")
        self._seen += len(entries)
        return len(entries)

    def things(self, kind: str) -> list[dict[str, Any]]:
        """What it has of a kind."""
        found: list[dict[str, Any]] = self._ask(f"/_things/{kind}")
        return found

    def create(self, path: str, body: dict[str, Any]) -> None:
        """Create something."""
        self._ask(f"/v1{path}", body)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def local_groove() -> Iterator[LocalGroove]:
    """Run a sandbox.

    Raises:
        NotMeasuredError: It did not start.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "target_groove", "sandbox", "--port", "0", "--token", _TOKEN],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        said = process.stderr.readline() if process.stderr else ""
        found = re.search(r"http://[\w.:]+", said)
        try:
            if not found:
                msg = f"the sandbox did not start: {said.strip()}"
                raise NotMeasuredError(msg)
            yield LocalGroove(found[0])
        finally:
            process.terminate()
