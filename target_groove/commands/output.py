"""How commands print: tables that fit a terminal, and plain lines everywhere else."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console

from target_groove.standard_output import showing, write_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

_WIDTH_OF_A_FILE: Final = 240


def print_table(table: Table) -> None:
    """Print a table to standard output; into a pipe or file it is as wide as it needs to be."""
    console = Console(markup=False, highlight=False)
    if console.is_terminal:
        console.print(table)
        return
    console = Console(markup=False, highlight=False, width=_WIDTH_OF_A_FILE)
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        click.echo(line.rstrip())


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Take it for no error that whoever reads standard output has seen enough.

    Raises:
        DeliveryError: It takes nothing any more for another reason.
    """
    try:
        yield
        with showing():
            sys.stdout.flush()
    except BrokenPipeError:
        pass
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            write_nowhere()
