"""`target-groove profile sign`: a signed visitor for the widget script."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from target_groove.cli import make_target
from target_groove.commands.options import with_config_or_environment
from target_groove.errors import ConfigurationError
from target_groove.profile.visitor import LONGEST_SECONDS, Visitor, sign, signing_key

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

_AN_HOUR: Final = 3600


@click.command("sign")
@click.argument("email")
@with_config_or_environment
@click.option(
    "--for",
    "seconds",
    type=click.IntRange(1, LONGEST_SECONDS),
    default=_AN_HOUR,
    show_default=True,
    help="How long it is believed, in seconds.",
)
def sign_visitor(*, email: str, config: _ConfigInput, seconds: int) -> None:
    """Sign a visitor, for GET /widget.js?v=... of the service.

    The visitor goes to standard output. Pages sign their visitors themselves; the documentation
    has the ten lines for it.
    """
    target = make_target(config)
    settings = target.settings
    target.close()
    try:
        signed = sign(Visitor(email, int(time.time()) + seconds), signing_key(settings))
    except ValueError as error:
        msg = f"The visitor cannot be signed: {error}."
        raise ConfigurationError([msg]) from error
    click.echo(signed)
