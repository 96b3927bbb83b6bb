"""The end of the demo: a ticket of the sandbox, and beside it what its customer is known for."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.request import urlopen

import click

from target_groove.commands.sandbox import missing_extra
from target_groove.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from target_groove.sandbox import Sandbox

_TICKET: Final = 1
_ROW: Final = re.compile(r"<tr><td[^>]*>(.*?)</td><td>(.*?)</td></tr>")
_TAG: Final = re.compile(r"<[^>]*>")
_SECONDS: Final = 10


@contextmanager
def profiles_beside_tickets(sandbox: Sandbox, config: Mapping[str, Any]) -> Iterator[str]:
    """Serve the sample's profiles to the sandbox, and print the panel beside a ticket.

    Args:
        sandbox: The sandbox, up.
        config: The configuration that the sample was delivered with.

    Yields:
        The address of the ticket; the service is up until the end of the block.

    Raises:
        ConfigurationError: The service's web server is not installed.
    """
    try:
        from target_groove.profile.default_template import default_template  # noqa: PLC0415
        from target_groove.profile.opening import open_store  # noqa: PLC0415
        from target_groove.profile.serving import served  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise missing_extra() from error
    settings = read_settings(config)
    store = open_store(settings.profile_url)
    template = default_template(store.sample(100))
    with served(settings, store) as url:
        sandbox.configure(profile_url=url, profile_template=template)
        ticket = f"{sandbox.url}/tickets/{_TICKET}"
        click.echo(
            f"\nBeside ticket {_TICKET} the sandbox shows its customer's profile, which it fetched "
            "from the service of `target-groove profile serve` as Groove does:\n"
        )
        with urlopen(f"{ticket}/profile", timeout=_SECONDS) as answer:  # noqa: S310 - our own
            panel = answer.read().decode()
        for name, value in _ROW.findall(panel):
            click.echo(f"  {_text(name):<14} {_text(value)}")
        yield ticket


def _text(markup: str) -> str:
    return unescape(_TAG.sub("", markup))
