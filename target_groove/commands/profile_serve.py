"""`target-groove profile serve`: the service that Groove asks for a customer's attributes."""

from __future__ import annotations

import signal
import socket
from ipaddress import ip_network
from typing import TYPE_CHECKING

import click

from target_groove.cli import make_target
from target_groove.commands.options import with_config_or_environment
from target_groove.errors import ConfigurationError

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

_BACKLOG = 1024


def missing_extra() -> ConfigurationError:
    """The sentence for an installation without the service's web server."""
    return ConfigurationError(
        ["The service needs its extra; install it with: pip install 'target-groove[profile]'."]
    )


@click.command("serve")
@with_config_or_environment
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8788,
    show_default=True,
    help="0 takes a free one.",
)
@click.option(
    "--requests-per-second",
    type=click.IntRange(min=0),
    default=500,
    show_default=True,
    help="How many one address may make; 0 for no limit.",
)
@click.option(
    "--refusals-per-minute",
    type=click.IntRange(min=0),
    default=30,
    show_default=True,
    help="How often one address may come with a wrong token; 0 for no limit.",
)
@click.option(
    "--trusted-proxies",
    metavar="ADDRESSES",
    callback=lambda _ctx, _param, value: value and _checked_proxies(value),
    help="Proxies whose X-Forwarded-For says where a request comes from, with commas between.",
)
def serve(
    *,
    config: _ConfigInput,
    host: str,
    port: int,
    requests_per_second: int,
    refusals_per_minute: int,
    trusted_proxies: str | None,
) -> None:
    """Answer Groove's questions about customers, until a signal ends it.

    Groove asks GET /?email=...&api_token=... after each message of a customer. Pages include GET
    /widget.js?v=... for their widget. GET /healthz says whether the service is up, GET
    /openapi.json describes it.
    """
    target = make_target(config)
    settings = target.settings
    target.close()
    try:
        from target_groove.profile.opening import open_store  # noqa: PLC0415 - SQLAlchemy
        from target_groove.profile.service import Limits  # noqa: PLC0415 - an optional extra
        from target_groove.profile.serving import run  # noqa: PLC0415 - an optional extra
        from target_groove.profile.widget import dialects_of  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise missing_extra() from error
    dialects_of(settings)  # What is wrong with them is said before anything is opened.
    listener = _listen(host, port)
    address, its_port = listener.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address

    def say() -> None:
        click.echo(
            f"The profile service is at http://{shown}:{its_port}/. Ctrl-C ends it.", err=True
        )

    limits = Limits(
        requests_per_second=requests_per_second, refusals_per_minute=refusals_per_minute
    )
    try:
        run(
            settings,
            open_store(settings.profile_url),
            listener,
            limits=limits,
            trusted_proxies=trusted_proxies,
            on_ready=say,
        )
    except KeyboardInterrupt:  # uvicorn has ended, and hands the signal on
        raise click.exceptions.Exit(128 + signal.SIGINT) from None


def _checked_proxies(text: str) -> str:
    """Refuse what would be no proxy's address; `*` would let each client say where it is.

    Raises:
        ConfigurationError: One of them is no address.
    """
    for each in text.split(","):
        try:
            ip_network(each.strip())
        except ValueError as error:
            msg = (
                f"--trusted-proxies has {each.strip()!r}; addresses such as 10.0.0.5 or networks "
                "such as 10.0.0.0/8 are needed."
            )
            raise ConfigurationError([msg]) from error
    return text


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        msg = f"The service cannot listen on {host}, port {port}: {error.strerror or error}."
        raise ConfigurationError([msg]) from error
