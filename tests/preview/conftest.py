"""Previews in this process, as lines that tools read."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.preview.target import PreviewTarget
from tests.processes import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.runs import Message

    Preview = Callable[..., list[dict[str, Any]]]


def preview_of(
    config: Mapping[str, Any], messages: Iterable[Message], *, limit: int | None = None
) -> list[dict[str, Any]]:
    """Preview messages; gives the lines that `--format json` writes."""
    lines: list[dict[str, Any]] = []
    target = PreviewTarget(
        config=dict(config), show=lambda line: lines.append(json.loads(line.to_json())), limit=limit
    )
    stdout = io.StringIO()
    try:
        with contextlib.redirect_stdout(stdout):
            target.run(
                messages
                if isinstance(messages, io.BufferedReader)
                else io.BytesIO(lines_of(messages))
            )
    finally:
        target.close()
    assert stdout.getvalue() == ""
    return lines


@pytest.fixture
def preview(config: dict[str, Any]) -> Preview:
    """`preview(settings, messages)` gives the lines of a preview with the settings of `run`."""

    def one(
        changes: Mapping[str, Any] | None = None,
        messages: Iterable[Message] = (),
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        return preview_of({**config, **(changes or {})}, messages, limit=limit)

    return one
