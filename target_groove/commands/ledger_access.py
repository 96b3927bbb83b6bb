"""What the commands about the ledger have in common: whose ledger, and opening it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from target_groove.cli import make_target
from target_groove.endpoints import TEMPLATES
from target_groove.errors import ConfigurationError
from target_groove.ledger.inspection import Inspection
from target_groove.ledger.readable import plain
from target_groove.ledger.whereabouts import open_existing
from target_groove.ledger.without import NO_LEDGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.settings import Settings

_KEEP_CALLS: Final = frozenset(each.id for each in TEMPLATES.values() if each.creates_once)

with_yes: Final[Callable[[Any], Any]] = click.option(
    "--yes", is_flag=True, help="Do not ask; needed where nobody can be asked."
)
with_format: Final[Callable[[Any], Any]] = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
)


def settings_of(config: _ConfigInput) -> Settings:
    """Read the settings of a configuration whose ledger is not turned off.

    Raises:
        ConfigurationError: The configuration is unusable, or `ledger_url` is none.
    """
    settings = make_target(config).settings
    if settings.ledger_url == NO_LEDGER:
        raise ConfigurationError(["ledger_url is none, so there is no ledger to look into."])
    return settings


@contextmanager
def opened(settings: Settings, *, read_only: bool) -> Iterator[Inspection]:
    """Open the ledger of a configuration, and make none.

    Raises:
        NoLedgerError: There is none yet.
        LedgerError: It cannot be used.
    """
    database = open_existing(settings.ledger_url, read_only=read_only)
    try:
        yield Inspection(
            database,
            account=settings.ledger_account,
            namespace=settings.ledger_namespace,
            keeps_calls=_KEEP_CALLS,
        )
    finally:
        database.close()


def check_stream(inspection: Inspection, stream: str | None) -> None:
    """Find out whether the ledger knows a stream.

    Raises:
        UsageError: It does not.
    """
    if stream is None or inspection.streams(stream):
        return
    known = ", ".join(sorted({plain(name) for name, _ in inspection.streams().values()}))
    msg = f"The ledger knows no stream {stream}; it knows {known or 'none'}."
    raise click.UsageError(msg)


def ask(question: str, *, yes: bool) -> None:
    """Ask whether to go on, unless that was said before.

    Raises:
        UsageError: Nobody can be asked.
        Abort: The answer is no.
    """
    if yes:
        return
    if not _somebody_is_there():
        msg = f"{question} Nobody can be asked here, so say it with --yes."
        raise click.UsageError(msg)
    click.confirm(question, abort=True)


def _somebody_is_there() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
