"""Calls that come after a create: at once, or when its record has changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A second call that a field of the record asks for, such as publishing a new article.

    Attributes:
        field: The field that asks for it; it is no part of the first payload.
        value: The value that asks for it.
        path: Path of the second call; `{new_id}` is the id that the first answer gave.
        method: Its HTTP method.
        source: Where the fact comes from.
    """

    field: str
    value: str
    path: str
    method: str = "PUT"
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What is called for a changed record of which Groove's id is known.

    Attributes:
        endpoint: Id of the template.
        id_param: Its path parameter that takes Groove's id.
    """

    endpoint: str
    id_param: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One call for those fields of a known thing that changed.

    Attributes:
        endpoint: Id of the template that is called.
        id_param: Its path parameter that takes Groove's id.
        fields: The fields that it changes; empty if it takes them all.
        renamed: What the call calls a field, where that is another name.
        along: Fields that go with it, if the record has them, and are no change themselves.
        follows_create: The create does not take its fields, so that it is made after it as well.
    """

    endpoint: str
    id_param: str
    fields: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    along: tuple[str, ...] = ()
    follows_create: bool = False

    def takes(self, name: str) -> bool:
        """Say whether the call changes a field."""
        return name in self.fields if self.fields else name not in self.along
