"""`target-groove preview`: the exact requests that a run would send, and why some are not."""

from __future__ import annotations

import logging
from typing import IO, TYPE_CHECKING, Any

import click

from target_groove.cli import make_target_of, read_config
from target_groove.commands.output import readers_may_leave
from target_groove.preview.target import PreviewTarget
from target_groove.standard_output import check_streams, showing, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.outputs.request_lines import RequestLine


@click.command("preview")
@click.option(
    "--config",
    multiple=True,
    required=True,
    callback=lambda _ctx, _param, value: read_config(value),
    help="Configuration file, or ENV for the environment.",
)
@click.option(
    "--input",
    "file_input",
    type=click.File("rb"),
    help="Singer messages; standard input if not given.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="End after so many requests and records that need none.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or one line of JSON for each request.",
)
def command(
    *,
    config: _ConfigInput,
    file_input: IO[bytes] | None,
    limit: int | None,
    output_format: str,
) -> None:
    """Show the requests that a run would send, in order; nothing is sent or written."""
    check_streams(file_input)
    show = _as_json if output_format == "json" else _as_text()
    target = make_target_of(PreviewTarget, config, show=show, limit=limit)
    # How long nothing took is nobody's metric.
    target.metrics_logger.setLevel(logging.WARNING)
    with readers_may_leave():
        try:
            target.run(file_input)
        finally:
            target.close()


def _as_json(line: RequestLine) -> None:
    with showing():
        write(line.to_json() + b"\n")


def _as_text() -> Callable[[RequestLine], Any]:
    # Tools need none of what colours take.
    from target_groove.outputs.request_text import RequestText  # noqa: PLC0415

    return RequestText().show
