"""`target-groove send-test`: one sample payload, edited if that is wanted, sent and shown."""

from __future__ import annotations

import codecs
import logging
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from target_groove.cli import make_target_of, read_config
from target_groove.commands.output import readers_may_leave
from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.lines import parse_object
from target_groove.outputs.request_text import RequestText, pretty
from target_groove.sample.target import SampleTarget
from target_groove.standard_output import check_streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.sample.editing import Edit

_EDITOR = ""
"""`--edit` without a file."""


@click.command("send-test")
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
@click.option("--stream", help="Stream of the record; the first with a route if not given.")
@click.option(
    "--record",
    "number",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Which record of the stream, counted from 1.",
)
@click.option(
    "--edit",
    metavar="[FILE]",
    is_flag=False,
    flag_value=_EDITOR,
    help="Send the payload in this JSON file instead; without a file, edit it in $EDITOR first.",
)
@click.option(
    "--throwaway", is_flag=True, help="Send whatever the ledger says, and tell it nothing."
)
def command(
    *,
    config: _ConfigInput,
    file_input: IO[bytes] | None,
    stream: str | None,
    number: int,
    edit: str | None,
    throwaway: bool,
) -> None:
    """Send one record of the input to Groove, and show request and answer."""
    check_streams(file_input)
    target = make_target_of(
        SampleTarget,
        config,
        text=RequestText(),
        stream=stream,
        number=number,
        edit=_edit(edit, file_input),
        throwaway=throwaway,
    )
    target.metrics_logger.setLevel(logging.WARNING)
    with readers_may_leave():
        try:
            target.run(file_input)
        finally:
            target.close()


def _edit(edit: str | None, file_input: IO[bytes] | None) -> Edit | None:
    """Give what edits the payload; None if it stays as it is.

    Raises:
        ConfigurationError: It cannot be edited like this.
    """
    if edit is None:
        return None
    if edit != _EDITOR:
        return partial(_replaced, _read(Path(edit)))
    if file_input is None:
        msg = "--edit without a file needs the terminal for the editor; name the input with --input"
        raise ConfigurationError([f"{msg}."])
    return _in_editor


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return parse_object(path.read_bytes())
    except OSError as error:
        msg = f"The file {path} of --edit cannot be read: {error.strerror}."
        raise ConfigurationError([msg]) from error
    except ValueError as error:
        msg = f"The file {path} of --edit holds no payload: {error}."
        raise ConfigurationError([msg]) from error


def _replaced(payload: Mapping[str, Any], _: Mapping[str, Any]) -> Mapping[str, Any]:
    return payload


def _in_editor(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a person edit the payload.

    Raises:
        DeliveryError: There is nothing to send.
    """
    shown = f"{pretty(payload)}\n".encode()
    try:
        # Bytes, as an editor may leave what is no text.
        text = click.edit(shown, extension=".json", require_save=False) or b""
    except (click.ClickException, OSError) as error:
        why = str(error) if isinstance(error, click.ClickException) else error.strerror
        msg = f"Nothing was sent: the payload could not be edited ({why}); check EDITOR."
        raise DeliveryError(msg) from error
    if not text.strip():
        msg = "Nothing was sent: the payload was emptied in the editor."
        raise DeliveryError(msg)
    try:
        return parse_object(text.removeprefix(codecs.BOM_UTF8))
    except ValueError as error:
        msg = f"Nothing was sent: what the editor left is no payload ({error})."
        raise DeliveryError(msg) from error
