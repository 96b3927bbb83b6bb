"""`target-groove ledger`: looks into the delivery ledger, and mends it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from target_groove.commands import ledger_words as words
from target_groove.commands.ledger_access import (
    check_stream,
    opened,
    settings_of,
    with_format,
)
from target_groove.commands.ledger_changes import forget, prune, resolve
from target_groove.commands.options import with_config
from target_groove.commands.output import print_table
from target_groove.ledger.inspection import Wanted
from target_groove.ledger.whereabouts import NoLedgerError, file_of

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.ledger.inspection import Status


@click.group("ledger")
def command() -> None:
    """Look into the delivery ledger, and mend it.

    It remembers what was delivered, and every send that has begun and not ended. Nothing here asks
    Groove, or sends anything to it.
    """


for each in (resolve, forget, prune):
    command.add_command(each)


@command.command("status")
@with_config
@with_format
def status(config: _ConfigInput, output_format: str) -> None:
    """Show where the ledger is, what it counts, and what is wrong."""
    settings = settings_of(config)
    try:
        with opened(settings, read_only=True) as inspection:
            found = inspection.status()
            where = inspection.database.shown_url
            file = file_of(inspection.database)
    except NoLedgerError as error:
        if output_format == "json":
            click.echo(json.dumps({"ledger": None, "streams": []}))
        else:
            click.echo(f"{error} The first run makes it.")
        return
    owner = {"account": settings.ledger_account, "namespace": settings.ledger_namespace}
    if output_format == "json":
        click.echo(json.dumps(words.status_object(found, ledger=where, **owner)))
        return
    click.echo(
        f"The ledger {file or where}, version {found.version}, {words.size(found.size_bytes)}; "
        f"account {owner['account']}, namespace {owner['namespace']}."
    )
    if found.counts:
        click.echo()
        print_table(words.status_table(found))
    click.echo()
    for line in _conclusions(found):
        click.echo(line)


def _conclusions(found: Status) -> list[str]:
    held = sum(each.held for each in found.counts)
    in_doubt = sum(each.in_doubt for each in found.counts)
    unfinished = sum(each.unfinished for each in found.counts)
    lines = [f"A run goes on: {words.describe(each)}." for each in found.alive]
    if held:
        lines.append(
            f"{words.counted(held, 'record is', 'records are')} held: look in Groove, then say "
            "`target-groove ledger resolve` (`ledger list --held` names them)."
        )
    if in_doubt:
        lines.append(
            f"{words.counted(in_doubt, 'send was', 'sends were')} left by runs that died: the "
            "next run finds out what became of them (`ledger list --under-way` names them)."
        )
    if unfinished:
        lines.append(
            f"{words.counted(unfinished, 'record is', 'records are')} unfinished: what is left is "
            "sent when they come again."
        )
    if not held and not in_doubt:
        then = "." if unfinished else ": all is well."
        lines.append(f"Nothing is held, and nothing is in doubt{then}")
    if found.elsewhere:
        owners = words.counted(found.other_owners, "other account or namespace", "others")
        lines.append(f"The same ledger has {found.elsewhere:,} more of {owners}.")
    return lines


@command.command("list")
@with_config
@click.option("--stream", help="Only of this stream.")
@click.option("--endpoint", help="Only of this endpoint.")
@click.option("--held", is_flag=True, help="Only what a person has to decide about.")
@click.option("--under-way", is_flag=True, help="Only sends that have begun and not ended.")
@click.option("--key", help="Only with this key: a value, or the JSON list of several.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="At most so many; 0 for all.",
)
@with_format
def list_entries(
    config: _ConfigInput,
    *,
    stream: str | None,
    endpoint: str | None,
    held: bool,
    under_way: bool,
    key: str | None,
    limit: int,
    output_format: str,
) -> None:
    """List what the ledger knows of records, what moved last first.

    As JSON an object a line, with times in UTC.
    """
    wanted = Wanted(
        stream=stream,
        endpoint=endpoint,
        keys=words.keys_meant(key) if key is not None else None,
        held=held,
        open=under_way,
    )
    with opened(settings_of(config), read_only=True) as inspection:
        check_stream(inspection, stream)
        alive = {each.id for each in inspection.alive_runs()}
        rows = inspection.rows(wanted, limit=limit or None)
        more = inspection.count(wanted) - len(rows) if len(rows) == limit else 0
        found = [(row, inspection.state(row, alive)) for row in rows]
    if output_format == "json":
        for row, state in found:
            click.echo(json.dumps(words.list_object(row, state)))
    elif found:
        print_table(words.list_table(found))
    elif wanted == Wanted(held=True):
        click.echo("Nothing is held.", err=True)
    else:
        click.echo("There is nothing of that kind.", err=True)
    if more > 0:
        click.echo(f"And {more:,} more; --limit 0 lists all.", err=True)
