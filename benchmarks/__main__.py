"""`make bench`: measures everything in one run, prints tables, writes them to the document."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks import document, goals
from benchmarks.lab import Lab
from benchmarks.measure import ROOT, NotMeasuredError
from benchmarks.sections import (
    latency,
    limits,
    memory,
    overhead,
    peers,
    profile,
    requests,
    spark,
    startup,
    unchanged,
)
from benchmarks.served import bare_server
from benchmarks.tables import Section

if TYPE_CHECKING:
    from collections.abc import Callable

# What a process had in memory counts for those it starts; the requests of the sandbox are many.
SECTIONS: dict[str, tuple[str, Callable[[Lab], Section]]] = {
    "latency": ("Requests in flight", latency.measure),
    "overhead": ("What a record costs", overhead.measure),
    "limits": ("Request limits", limits.measure),
    "memory": ("Memory", memory.measure),
    "unchanged": ("Unchanged records", unchanged.measure),
    "profile": ("Profiles", profile.measure),
    "spark": ("Spark", spark.measure),
    "startup": ("Start-up", startup.measure),
    "peers": ("Other tools", peers.measure),
    "requests": ("Requests a record", requests.measure),
}


def _chosen(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    names = value.split(",") if value else list(SECTIONS)
    for name in names:
        if name not in SECTIONS:
            msg = f"{name!r} is no section; there are {', '.join(SECTIONS)}"
            raise click.BadParameter(msg)
    return names


@click.command()
@click.option("--only", callback=_chosen, default="", help=f"Of {','.join(SECTIONS)}.")
@click.option("--scale", default=1.0, show_default=True, help="Times as many records.")
@click.option(
    "--full", is_flag=True, help="Memory at a million records, Spark at ten million rows."
)
@click.option("--peers/--no-peers", default=True, help="Whether to run other tools.")
@click.option("--write/--no-write", default=None, help="Whether to write docs/performance.md.")
def main(*, only: list[str], scale: float, full: bool, peers: bool, write: bool | None) -> None:
    """Measure, and print the tables.

    They go to docs/performance.md if everything was measured at full size, or if asked for; some
    sections take the place of their own in it.
    """
    began = time.monotonic()
    load = os.getloadavg()[0]
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with ExitStack() as stack:
        # Not in /tmp, which may be in memory: a ledger belongs on a disk.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=cache)))
        server = stack.enter_context(bare_server())
        lab = Lab(folder, server, scale=scale, full=full, peers=peers)
        sections = {name: _measured(name, lab) for name in SECTIONS if name in only}
    figures = {name: value for each in sections.values() for name, value in each.figures.items()}
    lines = [_machine(scale, time.monotonic() - began, load), "", f"### {document.GOALS}", ""]
    lines += goals.table(figures, full_size=scale == 1).lines()
    for name, section in sections.items():
        lines += [f"### {SECTIONS[name][0]}", "", *section.lines()]
    text = "\n".join(lines).strip() + "\n"
    click.echo(text)
    everything = scale == 1 and set(only) == set(SECTIONS)
    if everything if write is None else write:
        headings = [heading for heading, _ in SECTIONS.values()]
        document.write(text, among=() if everything else headings)
        click.echo("Written to docs/performance.md.", err=True)


def _measured(name: str, lab: Lab) -> Section:
    began = time.monotonic()
    click.echo(f"Measuring {name} ...", err=True)
    try:
        section = SECTIONS[name][1](lab)
    except NotMeasuredError as error:
        section = Section(sentences=(f"Not measured: {error}.",))
    click.echo(f"  took {time.monotonic() - began:.0f} s", err=True)
    return section


def _machine(scale: float, seconds: float, load: float) -> str:
    system = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} processors"
    sizes = "" if scale == 1 else f" With {scale:g} times the records that are meant."
    took = f"in {seconds / 60:.1f} minutes, with a load of {load:.1f} before"
    return f"Measured with Python {platform.python_version()}, {system}, {took}.{sizes}"


if __name__ == "__main__":
    main()
