"""`target-groove sandbox`: a local Groove to try things against."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import TextIO

import click

from target_groove.errors import ConfigurationError


def missing_extra() -> ConfigurationError:
    """The sentence for an installation without the sandbox's web server."""
    return ConfigurationError(
        ["The sandbox needs its extra; install it with: pip install 'target-groove[sandbox]'."]
    )


def cannot_start(error: OSError | ValueError, port: int) -> ConfigurationError:
    """The sentence for a sandbox that does not come up."""
    why = getattr(error, "strerror", None) or str(error)
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        why = f"port {port} is taken, perhaps by another one; --port takes another"
    return ConfigurationError([f"The sandbox cannot start: {why}."])


@click.command("sandbox")
@click.option("--port", default=8765, show_default=True, help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="This machine only.")
@click.option("--token", default="sandbox-token", show_default=True, help="What calls must carry.")
@click.option("--db", type=click.Path(path_type=Path), help="Keep the state in this SQLite file.")
@click.option("--latency-ms", default=0, help="How long each call takes.")
@click.option("--requests-per-minute", default=0, help="Answer 429 beyond this many; 0 never.")
@click.option(
    "--retry-after",
    type=click.Choice(["seconds", "date", "none", "huge", "negative", "zero", "garbage"]),
    default="seconds",
    show_default=True,
    help="What a 429 says about waiting.",
)
@click.option("--profile-url", default="", help="Your Custom Profile server; shown with tickets.")
@click.option(
    "--profile-template",
    type=click.File(encoding="utf-8"),
    help="The Liquid template for it; without one a plain table.",
)
def command(
    *,
    port: int,
    host: str,
    token: str,
    db: Path | None,
    latency_ms: int,
    requests_per_minute: int,
    retry_after: str,
    profile_url: str,
    profile_template: TextIO | None,
) -> None:
    """Run a local stand-in for Groove, with a page that shows what arrived."""
    try:
        from target_groove.sandbox import run  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise missing_extra() from error

    def say(url: str) -> None:
        click.echo(
            f"The sandbox is at {url} (api_url {url}/v1, api_token {token}). Ctrl-C ends it.",
            err=True,
        )

    try:
        run(
            port=port,
            host=host,
            token=token,
            db=db,
            latency_ms=latency_ms,
            requests_per_minute=requests_per_minute,
            retry_after=retry_after,
            on_ready=say,
            profile_url=profile_url,
            profile_template=profile_template.read() if profile_template else "",
        )
    except (OSError, ValueError) as error:
        raise cannot_start(error, port) from error
