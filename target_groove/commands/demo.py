"""`target-groove demo`: the sample, delivered to the sandbox, and where to look at it."""

from __future__ import annotations

import io
import logging
import os
import shutil
import sys
import threading
from collections import Counter
from contextlib import redirect_stdout, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from target_groove.commands.demo_profile import profiles_beside_tickets
from target_groove.commands.output import print_table
from target_groove.commands.sandbox import cannot_start, missing_extra
from target_groove.demo import SAMPLE, demo_config
from target_groove.target import GrooveTarget

if TYPE_CHECKING:
    from target_groove.outputs.summary import Summary
    from target_groove.sandbox import Sandbox


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave the sandbox's page up until Ctrl-C.")
@click.option("--port", default=0, help="Port of the page; 0 takes a free one.")
def command(*, keep: bool, port: int) -> None:
    """Deliver a sample to a local stand-in for Groove; no account needed."""
    try:
        from target_groove.sandbox import Sandbox  # noqa: PLC0415 - an optional extra

        sandbox = Sandbox(port=port)
    except ImportError as error:
        raise missing_extra() from error
    try:
        sandbox.start()
    except OSError as error:
        raise cannot_start(error, port) from error
    with sandbox, TemporaryDirectory() as folder:
        click.echo(f"A local Groove is up at {sandbox.url}, the sample is on its way.\n")
        config = demo_config(
            api_url=sandbox.api_url,
            api_token=sandbox.token,
            ledger_url=f"sqlite:///{folder}/ledger.db",
            profile_url=f"sqlite:///{folder}/profiles.db",
            knowledge_base_id=sandbox.things("knowledge_bases")[0]["id"],
        )
        logging.getLogger(GrooveTarget.name).setLevel(logging.ERROR)
        summary, state = _deliver_sample(config)
        _report(summary, sandbox, state)
        again, _ = _deliver_sample(config)
        click.echo(f"\nThe same sample once more: {again.sentence}.")
        with profiles_beside_tickets(sandbox, config) as ticket:
            if keep:
                click.echo(f"\nThe page is at {sandbox.url} until Ctrl-C, that ticket at {ticket}.")
                with suppress(KeyboardInterrupt):
                    threading.Event().wait()
            else:
                click.echo(f"\nTo look at it in a browser: {_program()} demo --keep")


def _deliver_sample(config: dict[str, Any]) -> tuple[Summary, str]:
    """Deliver the sample; return what is counted, and the last STATE."""
    target = GrooveTarget(config=config)
    target.metrics_logger.setLevel(logging.WARNING)
    with SAMPLE.open("rb") as sample, redirect_stdout(io.StringIO()) as printed:
        target.run(sample)
    target.close()
    return target.parts.summary, printed.getvalue().splitlines()[-1]


def _report(summary: Summary, sandbox: Sandbox, state: str) -> None:
    table = Table("stream", "endpoint", "records delivered", box=None, pad_edge=False)
    for (stream, endpoint), count in summary.delivered.items():
        table.add_row(stream, endpoint, str(count))
    click.echo("What the loader delivered:\n")
    print_table(table)
    click.echo(f"\nWhat the sandbox has now, after {summary.requests} requests:\n")
    for line in _things(sandbox):
        click.echo(f"  {line}")
    click.echo(f"\nThe last STATE for the tap: {state}")


def _things(sandbox: Sandbox) -> list[str]:
    tickets = sandbox.things("tickets")
    articles = sandbox.things("articles")
    return [
        f"{len(tickets)} tickets ({_counted(tickets, 'state')})",
        f"{len(sandbox.things('messages'))} messages",
        f"{len(sandbox.things('groups'))} groups",
        f"{len(articles)} articles ({_counted(articles, 'state')})",
    ]


def _counted(things: list[dict[str, Any]], attribute: str) -> str:
    counts = Counter(str(each.get(attribute)) for each in things)
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def _program() -> str:
    """Name the program as it can be called from here."""
    name = "target-groove"
    called = Path(sys.argv[0]).absolute()
    found = shutil.which(name)
    if called.name != name or (found and Path(found).absolute() == called):
        return name
    return os.path.relpath(called)
