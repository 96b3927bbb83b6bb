"""Options that several commands have, each written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from target_groove.cli import read_config

if TYPE_CHECKING:
    from collections.abc import Callable

with_config: Final[Callable[[Any], Any]] = click.option(
    "--config",
    multiple=True,
    required=True,
    callback=lambda _ctx, _param, value: read_config(value),
    help="Configuration file, or ENV for the environment.",
)
with_input: Final[Callable[[Any], Any]] = click.option(
    "--input",
    "file_input",
    type=click.File("rb"),
    help="Singer messages; standard input if not given.",
)
