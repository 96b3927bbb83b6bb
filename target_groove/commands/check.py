"""`target-groove check`: is the configuration usable, the token valid, do the names exist?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from target_groove.attributes import without
from target_groove.cli import make_target
from target_groove.commands.options import with_config
from target_groove.delivery.look_up import LookUpFailed
from target_groove.delivery.outcome import Verdict
from target_groove.errors import ConfigurationError, DeliveryError
from target_groove.ledger.whereabouts import problem_with
from target_groove.subjects.checking import AccountCheck
from target_groove.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.plugin_base import _ConfigInput

    from target_groove.delivery.engine import Engine
    from target_groove.routes import Route
    from target_groove.settings import Settings
    from target_groove.target import GrooveTarget

_NAMED: dict[str, tuple[str, tuple[str, ...]]] = {
    "assignee": ("agents", ("email",)),
    "author": ("agents", ("email",)),
    "assigned_group": ("groups", ("name",)),
    "group": ("groups", ("name",)),
    "mailbox": ("mailboxes", ("email", "id")),
}
"""Fields that name an object of the account: where it is listed, and under which attributes."""

_TRIES = 2
"""Who waits at a prompt is told soon that Groove cannot be reached."""


@click.command("check")
@with_config
def command(config: _ConfigInput) -> None:
    """Check the configuration, the ledger, the token, and the names in the routes.

    Sends only requests that read, and makes no ledger. With a route to custom_profile the profile
    store is checked, too, and with widget_calls their templates.
    """
    target = make_target(config)
    ledger = problem_with(target.settings.ledger_url)
    problems = [ledger] if ledger else []
    routes = target.routes.routes[: len(target.settings.streams)]
    if any(each.template.is_local for each in routes):
        problems += store_problems(target.settings.profile_url)
    problems += widget_problems(target.settings)
    try:
        problems += account_problems(target)
    except DeliveryError as error:
        if not problems:
            raise
        problems.append(str(error))
    if problems:
        raise ConfigurationError(problems)
    click.echo(
        f"All is well: the token is valid, {counted(len(routes), 'route')} checked.", err=True
    )


def store_problems(url: str) -> Iterator[str]:
    """Find what would keep a run from using its profile store; none is made.

    Yields:
        The problem, as a sentence.
    """
    from target_groove.profile.errors import ProfileStoreError  # noqa: PLC0415 - SQLAlchemy
    from target_groove.profile.opening import open_existing_store  # noqa: PLC0415 - SQLAlchemy

    try:
        store = open_existing_store(url)
    except ProfileStoreError as error:
        yield str(error)
    else:
        if store:
            store.close()


def widget_problems(settings: Settings) -> list[str]:
    """Find what would keep the profile service from making the calls of `widget_calls`."""
    if not settings.widget_calls:
        return []
    from target_groove.profile.web1on1 import web1on1_dialect  # noqa: PLC0415 - Liquid

    return web1on1_dialect(settings).problems


def account_problems(target: GrooveTarget) -> Iterator[str]:
    """Find what is wrong between a configuration and the account.

    Yields:
        The problems, a sentence each.

    Raises:
        DeliveryError: Groove cannot be reached.
    """
    engine = target.make_engine()
    me = engine.fetch("/me", max_attempts=_TRIES)
    match me.verdict:
        case Verdict.UNAUTHORIZED:
            yield f"Setting api_token is refused by Groove ({me.reason})."
            return
        case Verdict.UNAVAILABLE:
            msg = f"Groove cannot be checked: {me.reason}."
            raise DeliveryError(msg)
        case Verdict.DELIVERED if isinstance(me.body, dict):
            pass
        case _:
            said = me.reason or "the answer is no JSON object"
            url = target.settings.api_url
            yield f"Setting api_url is {url!r}, where no Groove answers ({said})."
            return
    subjects = AccountCheck(
        engine,
        url=target.settings.graphql_address,
        create_missing_fields=target.settings.create_missing_fields,
    )
    for number, route in enumerate(target.routes.routes[: len(target.settings.streams)]):
        where = f"streams[{number}] ({route.pattern})"
        yield from (f"{where}: {problem}" for problem in _route_problems(engine, subjects, route))


def _route_problems(engine: Engine, subjects: AccountCheck, route: Route) -> Iterator[str]:
    if route.template.subject:
        left = without(dict(route.fields or {}), route.exclude)
        problems = subjects.problems(
            route.template,
            route.template.subject,
            fields=left,
            defaults=without(dict(route.defaults), route.exclude),
            headers=route.headers,
        )
        yield from (f"{each}." for each in problems)
    for field, value in route.defaults.items():
        if field in _NAMED and field in route.template.field_names:
            collection, attributes = _NAMED[field]
            yield from _missing(engine, field, collection, attributes, value)
    knowledge_base = route.defaults.get("knowledge_base_id")
    if knowledge_base is not None:
        attributes = ("id",)
        yield from _missing(
            engine, "knowledge_base_id", "knowledge_bases", attributes, knowledge_base
        )


def _missing(
    engine: Engine, field: str, collection: str, attributes: tuple[str, ...], value: Any
) -> Iterator[str]:
    try:
        known = [
            str(each[attribute])
            for each in engine.names.list(collection)
            for attribute in attributes
            if each.get(attribute) is not None
        ]
    except LookUpFailed as error:
        if error.outcome.verdict is Verdict.UNAVAILABLE:
            raise DeliveryError(str(error)) from error
        yield f"defaults.{field} could not be checked ({error})."
        return
    # Groove keeps e-mail addresses in lower case.
    if str(value).lower() not in {each.lower() for each in known}:
        yield (
            f"defaults.{field} is {value!r}, which is none of the account's {collection} "
            f"({', '.join(known[:10]) or 'there are none'})."
        )
