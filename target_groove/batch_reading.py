"""Reading the `batch` of a route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.request import Content
from target_groove.endpoints.custom import CUSTOM
from target_groove.endpoints.messages import MAX_ATTACHMENTS
from target_groove.routes import BatchRule, Grouping
from target_groove.wording import shown, unknown_name

if TYPE_CHECKING:
    from target_groove.endpoints.template import Template

_NEEDS: Final[Mapping[Grouping, tuple[str, ...]]] = {
    Grouping.NONE: (),
    Grouping.ARRAY: (),
    Grouping.WRAPPED: ("key",),
    Grouping.GROUPED: ("group_by", "key"),
    Grouping.KEYED: ("key_field",),
    Grouping.MERGED: ("group_by",),
    Grouping.NDJSON: (),
}
_TAKES: Final[Mapping[Grouping, tuple[str, ...]]] = {
    grouping: ("grouping", "size", "max_bytes", *names) for grouping, names in _NEEDS.items()
} | {
    Grouping.NONE: ("grouping",),
    Grouping.GROUPED: ("grouping", "size", "max_bytes", "group_by", "key", "collect"),
}
_FORM_SHAPES: Final = frozenset({Grouping.NONE, Grouping.MERGED, Grouping.GROUPED})


_MOST_SUBJECTS: Final = 100
_SUBJECTS: Final = 25
"""Contacts or companies in one document, at most and by default."""


def usual_batch(template: Template) -> BatchRule | None:
    """Give the rule of a route that says nothing of batches; None for one request per record."""
    return BatchRule(grouping=Grouping.ARRAY, size=_SUBJECTS) if template.subject else None


def read_batch(spec: Any, template: Template) -> tuple[BatchRule | None, list[str]]:
    """Read what a route says about batches.

    Args:
        spec: The value of `batch`.
        template: The route's endpoint.

    Returns:
        The rule, None for one request per record; and the problems, as sentences.
    """
    if not isinstance(spec, Mapping):
        return None, ["batch must be an object."]
    values = {name: value for name, value in spec.items() if value is not None}
    if template.subject:
        return _read_subject_batch(values, template)
    try:
        grouping = Grouping(values.get("grouping", "none"))
    except ValueError:
        names = ", ".join(Grouping)
        return None, [f"batch.grouping is {shown(values['grouping'])}; allowed are {names}."]
    if template.content is Content.BINARY and grouping is Grouping.GROUPED:
        values = {"key": "files", "group_by": ["message_id"], "size": MAX_ATTACHMENTS} | values
    elif template.list_field:
        values.setdefault("key", template.list_field) if grouping is Grouping.GROUPED else None
    problems = [
        *_name_problems(grouping, values),
        *_value_problems(values),
        *_fit_problems(grouping, values, template),
    ]
    if problems or grouping is Grouping.NONE:
        return None, problems
    return BatchRule(
        grouping=grouping,
        size=int(values.get("size", 100)),
        max_bytes=int(values["max_bytes"]) if "max_bytes" in values else None,
        group_by=tuple(values.get("group_by", ())),
        key=values.get("key", ""),
        collect=values.get("collect", ""),
        key_field=values.get("key_field", ""),
        resendable=template.repeatable,
        whole_stream=grouping is Grouping.GROUPED and template.replaces_list,
    ), []


def _read_subject_batch(
    values: Mapping[str, Any], template: Template
) -> tuple[BatchRule | None, list[str]]:
    problems = [
        f"batch.{name} has no meaning for {template.id}; it takes size only."
        for name in values
        if name != "size"
    ]
    size = values.get("size", _SUBJECTS)
    if not _is_count(size) or int(size) > _MOST_SUBJECTS:
        problems.append(
            f"batch.size is {shown(size)}; a whole number from 1 to {_MOST_SUBJECTS} is allowed."
        )
    if problems:
        return None, problems
    return BatchRule(grouping=Grouping.ARRAY, size=int(size)), []


def _name_problems(grouping: Grouping, values: Mapping[str, Any]) -> list[str]:
    takes = _TAKES[grouping]
    problems = []
    for name in values:
        if name in takes:
            continue
        if any(name in others for others in _TAKES.values()):
            problems.append(f"batch.{name} has no meaning with grouping {grouping}.")
        else:
            problems.append(f"batch: {unknown_name('key', name, takes)}")
    missing = [name for name in _NEEDS[grouping] if not values.get(name)]
    return problems + [f"batch.{name} is needed with grouping {grouping}." for name in missing]


def _value_problems(values: Mapping[str, Any]) -> list[str]:
    problems = [
        f"batch.{name} is {shown(values[name])}; a whole number from 1 is allowed."
        for name in ("size", "max_bytes")
        if name in values and not _is_count(values[name])
    ]
    problems += [
        f"batch.{name} must be text."
        for name in ("key", "collect", "key_field")
        if not isinstance(values.get(name, ""), str)
    ]
    group_by = values.get("group_by", [])
    if not isinstance(group_by, list) or not all(isinstance(each, str) for each in group_by):
        problems.append("batch.group_by must be a list of names.")
    return problems


def _is_count(value: Any) -> bool:
    return not isinstance(value, bool) and str(value).isdecimal() and int(value) > 0


def _fit_problems(grouping: Grouping, values: Mapping[str, Any], template: Template) -> list[str]:
    if grouping is Grouping.NONE:
        return []
    problems = []
    if template.content is Content.BINARY:
        if grouping is not Grouping.GROUPED:
            problems.append(f"batch.grouping {grouping}: {template.id} takes grouped only.")
        size = str(values.get("size", ""))
        if size.isdecimal() and int(size) > MAX_ATTACHMENTS:
            problems.append(
                f"batch.size is {size}; Groove takes {MAX_ATTACHMENTS} files a message."
            )
    elif template.id != CUSTOM:
        if not template.list_field or grouping is not Grouping.GROUPED:
            kind = "takes grouped only" if template.list_field else "takes one record a request"
            problems.append(f"batch.grouping {grouping}: {template.id} {kind}.")
        elif values["key"] != template.list_field:
            problems.append(
                f"batch.key is {shown(values['key'])}; {template.id} takes {template.list_field}."
            )
    if template.content is Content.FORM and "max_bytes" in values:
        problems.append("batch.max_bytes counts JSON; leave it out for a form.")
    if template.content is Content.FORM and grouping not in _FORM_SHAPES:
        problems.append(f"batch.grouping {grouping} cannot be written as a form; use JSON.")
    return problems
