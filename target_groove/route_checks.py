"""Whether a route can deliver anything: what its endpoint needs must be able to come."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from target_groove.attributes import leaves_out, only_star
from target_groove.delivery.request import NEW_ID_PLACEHOLDER, Content
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.custom import parameters_of
from target_groove.routes import Grouping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from target_groove.endpoints.template import Field
    from target_groove.routes import Route

_SECRET_NAME: Final = re.compile(
    r"token|secret|passw|credential|bearer|auth(orization)?$|(^|[-_.])(api|access)?[-_]?key$",
    re.IGNORECASE,
)


def route_problems(route: Route, fields: Collection[str] | None) -> Iterator[str]:
    """Find what keeps a route from delivering.

    Args:
        route: The route.
        fields: The names in its `fields`, None if it has none and takes the whole record.

    Yields:
        The problems, as sentences.
    """
    yield from _unknown_names(route, fields or ())
    yield from _needs(route, fields)
    yield from _follow_ups(route, fields)
    yield from _later_calls(route)
    yield from _excluded_from_batches(route)


def never_matching(patterns: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    """Find routes that an earlier one leaves nothing to.

    Args:
        patterns: The pattern of each route, by its place among the routes.

    Yields:
        The place of such a route, and of the earlier one.
    """
    for number, pattern in patterns.items():
        for earlier, wider in patterns.items():
            if earlier >= number:
                break
            # A * that is matched like any other character stands for whatever it may match.
            if fnmatchcase(pattern, only_star(wider)):
                yield number, earlier
                break


def secret_parameters(query: str) -> list[str]:
    """Name the parameters of a query that carry a token or the like."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return [name for name, _ in pairs if _SECRET_NAME.search(name)]


def _unknown_names(route: Route, fields: Iterable[str]) -> Iterator[str]:
    template = route.template
    params = {each.name for each in template.path_params}
    for name in route.path_params:
        if name not in params:
            known = ", ".join(sorted(params)) or "no parameters"
            yield f"path_params.{name} is no parameter of {template.path} ({known})."
    if not route.drop_unknown:
        return
    known_names = params.union(*(each.names for each in template.fields))
    # Settings with dotted names may be written as a nest: {"contact": {"enabled": true}}.
    known_names |= {name.split(".")[0] for name in template.field_names}
    for key, names in (("fields", fields), ("defaults", route.defaults)):
        for name in names:
            if name not in known_names:
                yield (
                    f"{key}.{name} is no field of {template.id}; "
                    "unknown_fields: send would send it all the same."
                )


def _needs(route: Route, fields: Collection[str] | None) -> Iterator[str]:
    template = route.template
    where = "batch.group_by" if _is_grouped(route) else "fields or defaults"
    for field in template.fields:
        if not field.required or _can_come(route, field, fields):
            continue
        if leaves_out(route.exclude, field.name):
            yield f"exclude leaves out {field.name}, which {template.id} needs."
        else:
            yield f"{template.id} needs {field.name}; add it to {where}."
    by_name = {each.name: each for each in template.fields}
    for names in template.one_of:
        if not any(_can_come(route, by_name[name], fields) for name in names):
            needed = " or ".join(names)
            yield f"{template.id} needs {needed}; add one to {where}, and do not exclude it."


def _can_come(route: Route, field: Field, fields: Collection[str] | None) -> bool:
    """Tell whether a payload of the route may have a field."""
    if any(param.also_field == field.name for param in route.template.path_params):
        return True
    if leaves_out(route.exclude, field.name):
        return False
    if route.batch and _is_grouped(route):
        names: Collection[str] = {*route.batch.group_by, route.batch.key}
    elif fields is None:
        return True
    else:
        names = {*fields, *route.defaults}
    return any(name in names and not leaves_out(route.exclude, name) for name in field.names)


def _is_grouped(route: Route) -> bool:
    return bool(route.batch) and route.template.content is not Content.BINARY


def _follow_ups(route: Route, fields: Collection[str] | None) -> Iterator[str]:
    template = route.template
    given = {each.name for each in template.path_params}
    by_name = {each.name: each for each in template.fields}
    for call in template.follow_ups:
        if not _can_come(route, by_name[call.field], fields):
            continue
        path = call.path.replace(NEW_ID_PLACEHOLDER, "")
        for name in parameters_of(path):
            if name not in given:
                yield (
                    f"url lacks {{{name}}}, which {call.method} {call.path} needs when "
                    f"{call.field} is {call.value}; add it, or exclude {call.field}."
                )


def _later_calls(route: Route) -> Iterator[str]:
    """Find what the calls for a changed record need, and its route does not read."""
    template = route.template
    given = {each.name for each in template.path_params}
    needed = {
        name: TEMPLATES[change.endpoint]
        for change in template.changes
        for name in parameters_of(TEMPLATES[change.endpoint].path)
        if name != change.id_param and name not in given
    }
    if route.append_only:
        return  # Every record is new.
    for name, each in needed.items():
        yield (
            f"url lacks {{{name}}}, which {each.method} {each.path} needs when a record changes; "
            "add it, or set load_method to append-only."
        )


def _excluded_from_batches(route: Route) -> Iterator[str]:
    rule = route.batch
    if not rule:
        return
    params = {each.name for each in route.template.path_params}
    named: dict[str, tuple[str, ...]] = {
        "collect": (rule.collect,),
        "key_field": (rule.key_field,),
    }
    if rule.grouping is Grouping.GROUPED:
        # Path parameters are read before excludes act, and are no part of the body.
        named["group_by"] = tuple(name for name in rule.group_by if name not in params)
    for key, paths in named.items():
        for path in filter(None, paths):
            if leaves_out(route.exclude, path, partly=True):
                yield (
                    f"batch.{key} names {path}, which exclude or exclude_attributes leaves out, "
                    "all or a part of it; take it from one of the two."
                )
