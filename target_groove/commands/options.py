"""Options that several commands have, each written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from target_groove.cli import read_config

if TYPE_CHECKING:
    from collections.abc import Callable


def _config(help_text: str, **more: Any) -> Callable[[Any], Any]:
    return click.option(
        "--config",
        multiple=True,
        callback=lambda _ctx, _param, value: read_config(value),
        help=help_text,
        **more,
    )


with_config: Final = _config("Configuration file, or ENV for the environment.", required=True)
with_config_or_environment: Final = _config(
    "Configuration file, or ENV for the environment, as without it.", default=("ENV",)
)
with_input: Final[Callable[[Any], Any]] = click.option(
    "--input",
    "file_input",
    type=click.File("rb"),
    help="Singer messages; standard input if not given.",
)
