"""`target-groove profile preview` and `template`: what agents will see, before they do."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from target_groove.cli import make_target
from target_groove.commands.options import with_config_or_environment
from target_groove.errors import ConfigurationError
from target_groove.standard_output import write

if TYPE_CHECKING:
    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.profile.store import ProfileStore

_SAMPLE: Final = 2_000
"""Profiles of each stream that a template is made from: the attributes of all, with good luck."""
_ASKS_NOBODY: Final = {"api_token": "none"}
"""What stands for the token, which is not needed here."""


@click.command("preview")
@with_config_or_environment
@click.option(
    "--template",
    "template_file",
    type=click.Path(path_type=Path),
    help="The Liquid template; without it the one that `profile template` makes.",
)
@click.option("--email", required=True, help="The customer.")
@click.option("--headline", help="What stands above the panel.  [default: Custom Profile]")
@click.option(
    "--width",
    type=click.IntRange(min=100),
    help="Pixels of the sidebar.  [default: 300]",
)
@click.option("--output", type=click.Path(path_type=Path), help="File for the page.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
def preview(
    *,
    config: _ConfigInput,
    template_file: Path | None,
    email: str,
    headline: str | None,
    width: int | None,
    output: Path | None,
    opens: bool,
) -> None:
    """Show a customer's panel as it will stand beside the conversation, as a page of HTML.

    The page goes to standard output, if neither --output nor --open says otherwise.
    """
    from target_groove.profile.page import SIDEBAR_WIDTH, preview_page  # noqa: PLC0415 - Liquid
    from target_groove.profile.rendering import HEADLINE, render  # noqa: PLC0415 - Liquid

    store = _store(config)
    try:
        attributes = store.find(email) if store else None
        source = _template(template_file, store)
    finally:
        if store:
            store.close()
    above = headline or HEADLINE
    panel = render(source, attributes or {}, email=email, headline=above)
    if attributes is None:
        click.echo(f"There is no profile of {email}; the service answers {{}}.", err=True)
    if panel.printed:
        names = ", ".join(panel.printed)
        click.echo(f"Undefined, so nothing is printed for them: {names}.", err=True)
    page = preview_page(
        panel, attributes, email=email, headline=above, width=width or SIDEBAR_WIDTH
    )
    if opens and output is None:
        output = Path(tempfile.mkdtemp(prefix="profile-")) / "preview.html"
    if output is None:
        write(page.encode())
        return
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        msg = f"The page cannot be written to {output}: {error.strerror}."
        raise ConfigurationError([msg]) from error
    click.echo(f"The page is {output.resolve()}.", err=True)
    if opens:
        click.launch(output.resolve().as_uri())


@click.command("template")
@with_config_or_environment
def template(*, config: _ConfigInput) -> None:
    """Print a Liquid template with the attributes that profiles have, to start from."""
    store = _store(config)
    try:
        source = _made(store)
    finally:
        if store:
            store.close()
    write(source.encode())


def _store(config: _ConfigInput) -> ProfileStore | None:
    """Open the profile store, if there is one.

    Raises:
        ProfileStoreError: It cannot be used.
    """
    from target_groove.profile.opening import open_existing_store  # noqa: PLC0415 - SQLAlchemy

    target = make_target(replace(config, config={**_ASKS_NOBODY, **config.config}))
    target.close()
    return open_existing_store(target.settings.profile_url)


def _template(file: Path | None, store: ProfileStore | None) -> str:
    if file is None:
        return _made(store)
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"The template {file} cannot be read: {error.strerror}."
        raise ConfigurationError([msg]) from error
    except UnicodeDecodeError as error:
        msg = f"The template {file} is no text in UTF-8."
        raise ConfigurationError([msg]) from error


def _made(store: ProfileStore | None) -> str:
    from target_groove.profile.default_template import default_template  # noqa: PLC0415

    return default_template(store.sample(_SAMPLE) if store else [])
