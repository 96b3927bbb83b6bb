"""Which fields of a known thing differ from what was delivered of them last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from target_groove.ledger.identity import field_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from target_groove.endpoints.template import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What a record says otherwise than what was delivered last.

    Attributes:
        changed: The fields that a call can change, in the order of the payload.
        fixed: The fields that Groove cannot change.
        moved: The path parameters that are others; nothing in Groove can be moved.
    """

    changed: tuple[str, ...]
    fixed: tuple[str, ...]
    moved: tuple[str, ...]


def field_digests(
    template: Template, params: Mapping[str, str], payload: Mapping[str, Any]
) -> dict[str, str]:
    """Digest each field of a payload, and each path parameter under its name in braces.

    Fields that only go along with a call are left out: they are no change.
    """
    along = {name for each in template.changes for name in each.along}
    sets = {each.name for each in template.fields if each.is_set}
    digests = {
        name: field_digest(_as_set(value) if name in sets else value)
        for name, value in payload.items()
        if name not in along
    }
    return digests | {_as_param(name): field_digest(value) for name, value in params.items()}


def differences(
    template: Template, now: Mapping[str, str], before: Mapping[str, str]
) -> Differences:
    """Compare digests.

    A field that the record does not have is no difference. Of a thing of which nothing is known,
    every field that a call takes is one, and nothing is said of the others.

    Args:
        template: One that has `changes`.
        now: Of the record, see `field_digests`.
        before: What was delivered for certain, by field.
    """
    other = [name for name, each in now.items() if before.get(name) != each]
    params = {_as_param(each.name): each.name for each in template.path_params}
    fields = [name for name in other if name not in params]
    changed = tuple(name for name in fields if any(each.takes(name) for each in template.changes))
    return Differences(
        changed=changed,
        fixed=tuple(name for name in fields if before and name not in changed),
        moved=tuple(params[name] for name in other if name in params and name in before),
    )


def _as_param(name: str) -> str:
    return f"{{{name}}}"


def _as_set(value: Any) -> Any:
    return sorted(set(value)) if isinstance(value, list) else value
