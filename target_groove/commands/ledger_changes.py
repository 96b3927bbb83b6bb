"""`target-groove ledger resolve`, `forget` and `prune`: what a person changes in the ledger."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from target_groove.commands.ledger_access import (
    ask,
    check_stream,
    opened,
    settings_of,
    with_yes,
)
from target_groove.commands.ledger_words import counted, keys_meant, size
from target_groove.commands.options import with_config
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.inspection import Wanted
from target_groove.ledger.mending import Mending
from target_groove.ledger.readable import plain, readable_key
from target_groove.ledger.states import State

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.ledger.inspection import Inspection
    from target_groove.ledger.states import Row

_LONGEST_ID: Final = 400
_SECONDS_A_DAY: Final = 86_400
_MOST_NAMES: Final = 2
_OUTCOMES: Final = {
    State.DELIVERED: "is delivered",
    State.PARTIAL: "is delivered in part; the rest is sent when the record comes again",
    State.NOT_DELIVERED: "is not delivered; it is sent when the record comes again",
}


@click.command("resolve")
@click.argument("names", metavar="[STREAM] KEY", nargs=-1)
@with_config
@click.option("--delivered/--not-delivered", "delivered", default=None, help="What Groove says.")
@click.option("--id", "resource_id", metavar="GROOVE_ID", help="The id of what is in Groove.")
@click.option("--endpoint", help="Where the stream goes to several endpoints.")
@click.option("--all-held", is_flag=True, help="Everything that is held, or all of STREAM.")
def resolve(
    names: tuple[str, ...],
    config: _ConfigInput,
    *,
    delivered: bool | None,
    resource_id: str | None,
    endpoint: str | None,
    all_held: bool,
) -> None:
    """Say what became of a send that is held or in doubt, after a look in Groove.

    KEY is the record's key as `ledger list` shows it; STREAM may be left out if the key is one
    stream's only.

    --delivered: it is in Groove as it was to be sent. Where one call of several is in doubt, and
    the ledger knows which, that call is taken for done, and the others are made when the record
    comes again; where it does not know (webhooks, custom routes), all of them are taken for done.

    --not-delivered: it is not in Groove, and is sent when the record comes again, by the tap or out
    of the dead letters.
    """
    if delivered is None:
        msg = "Say --delivered or --not-delivered: what is to be seen in Groove."
        raise click.UsageError(msg)
    if resource_id is not None and (all_held or not delivered):
        msg = "--id belongs to --delivered, and to one record."
        raise click.UsageError(msg)
    if resource_id is not None and not 0 < len(resource_id) <= _LONGEST_ID:
        msg = f"--id takes from 1 to {_LONGEST_ID} characters."
        raise click.UsageError(msg)
    if len(names) > _MOST_NAMES - all_held or not (names or all_held):
        msg = "Name one record, [STREAM] KEY, or say --all-held, maybe with a STREAM."
        raise click.UsageError(msg)
    with opened(settings_of(config), read_only=False) as inspection:
        if all_held:
            stream = names[0] if names else None
            rows = inspection.rows(Wanted(stream=stream, endpoint=endpoint, held=True))
        else:
            rows = [_the_one(inspection, names, endpoint)]
        states = Mending(inspection).resolve(rows, delivered=delivered, resource_id=resource_id)
    for row, state in zip(rows, states, strict=True):
        click.echo(f"{_named(row)} {_outcome(row, state, delivered=delivered)}.")
    if not rows:
        click.echo("Nothing is held.")


def _outcome(row: Row, state: State, *, delivered: bool) -> str:
    if not delivered and row.content_hash is not None:
        return "is as it was delivered before; the change is sent when the record comes again"
    return _OUTCOMES[state]


def _the_one(inspection: Inspection, names: tuple[str, ...], endpoint: str | None) -> Row:
    stream = names[0] if len(names) == _MOST_NAMES else None
    key = names[-1]
    rows = inspection.rows(Wanted(stream=stream, endpoint=endpoint, keys=keys_meant(key)))
    if len(rows) > 1:
        # Of one key in several streams the one that waits for a word is meant.
        rows = [row for row in rows if row.send_hash is not None] or rows
    if not rows:
        of_stream = f" of stream {stream}" if stream is not None else ""
        msg = f"The ledger knows no record {key}{of_stream}; `ledger list` shows what it knows."
        raise click.UsageError(msg)
    if len(rows) > 1:
        found = ", ".join(f"{plain(row.stream)} ({row.endpoint})" for row in rows)
        msg = f"Several records have the key {key}: {found}; name STREAM, or --endpoint too."
        raise click.UsageError(msg)
    return rows[0]


@click.command("forget")
@click.argument("stream")
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@with_config
@click.option("--endpoint", help="Where the stream goes to several endpoints.")
@with_yes
def forget(
    stream: str, keys: tuple[str, ...], config: _ConfigInput, *, endpoint: str | None, yes: bool
) -> None:
    """Forget that records were delivered, so that they are sent again when they come again.

    What an endpoint creates is then created once more. Without a KEY it is the whole STREAM. What
    is held or in doubt stays; see `ledger resolve`.
    """
    with opened(settings_of(config), read_only=False) as inspection:
        wanted = Wanted(
            stream=stream,
            endpoint=endpoint,
            keys=_known_keys(inspection, stream, endpoint, keys) if keys else None,
        )
        mending = Mending(inspection)
        check_stream(inspection, stream)
        in_hand = mending.in_the_hand_of_runs(wanted)
        if in_hand:
            msg = (
                f"{counted(in_hand, 'record')} of stream {plain(stream)} may not be forgotten: a "
                "run that goes on has them in hand; wait for its end."
            )
            raise LedgerError(msg)
        number = mending.count_forgettable(wanted)
        stays = inspection.count(wanted) - number
        if stays and keys:
            msg = (
                f"{counted(stays, 'record')} of those are held or in doubt; say "
                "`target-groove ledger resolve` of them."
            )
            raise LedgerError(msg)
        if number:
            ask(
                f"{counted(number, 'record')} of stream {plain(stream)} would be sent again; what "
                "creates a thing in Groove would create it again. Forget them?",
                yes=yes,
            )
        gone = mending.forget(wanted)
    click.echo(f"{counted(gone, 'record')} of stream {plain(stream)} forgotten.")
    if stays:
        click.echo(f"{counted(stays, 'record')} held or in doubt: they stay, see `ledger resolve`.")


def _known_keys(
    inspection: Inspection, stream: str, endpoint: str | None, keys: tuple[str, ...]
) -> tuple[str, ...]:
    known: list[str] = []
    for key in keys:
        wanted = Wanted(stream=stream, endpoint=endpoint, keys=keys_meant(key))
        found = [row.record_key for row in inspection.rows(wanted)]
        if not found:
            msg = f"The ledger knows no record {key} of stream {stream}."
            raise click.UsageError(msg)
        known += found
    return tuple(known)


@click.command("prune")
@click.option(
    "--older-than",
    "days",
    metavar="DAYS",
    type=click.FloatRange(min=0),
    required=True,
    help="Remove what was delivered more than so many days ago; 0 is all of it.",
)
@click.option("--stream", help="Only of this stream.")
@with_config
@with_yes
def prune(days: float, *, stream: str | None, config: _ConfigInput, yes: bool) -> None:
    """Remove what was delivered long ago, and what is of no use any more.

    A record with a removed key would be sent again, and what creates a thing in Groove would create
    it again: so remove only what the tap never sends again. What is held, in doubt or under way
    stays.
    """
    before = time.time() - days * _SECONDS_A_DAY
    with opened(settings_of(config), read_only=False) as inspection:
        check_stream(inspection, stream)
        mending = Mending(inspection)
        wanted = Wanted(stream=stream)
        number = mending.count_forgettable(wanted, before)
        if number:
            ask(
                f"{counted(number, 'record')} delivered {_ago(days)} would be removed, and sent "
                "again if they ever come again. Remove them?",
                yes=yes,
            )
        gone = mending.forget(wanted, before) if number else 0
        runs, slots = mending.clear_away()
        is_smaller = mending.shrink()
        new_size = inspection.status().size_bytes
    click.echo(
        f"Removed {counted(gone, 'record')}, {counted(runs, 'run')} and {counted(slots, 'request')}"
        f" of no use; the ledger has {size(new_size)} now."
    )
    if not is_smaller and inspection.database.dialect_name == "sqlite":
        click.echo("Its file was not made smaller, as a run goes on; say it again at another time.")


def _ago(days: float) -> str:
    if not days:
        return "until now, which is all there is,"
    return f"more than {days:g} {'day' if days == 1 else 'days'} ago"


def _named(row: Row) -> str:
    return f"{plain(row.stream)} {readable_key(row.record_key)} ({row.endpoint})"
