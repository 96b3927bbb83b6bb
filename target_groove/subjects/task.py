"""One contact or company on its way: what it is to be, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from target_groove.subjects.custom_fields import CustomFieldType

if TYPE_CHECKING:
    from target_groove.endpoints.template import SubjectKind
    from target_groove.subjects.custom_fields import CustomField

_SAME_SPACE: Final[Mapping[str, str]] = {
    "contact_secondary_emails": "contact_email",
    "company_secondary_domains": "company_domain",
}
"""An e-mail names one contact, whether it is the first or a further one; a domain one company."""
_IN_ANY_CASE: Final = frozenset({"contact_email", "company_domain"})
Token = tuple[str, str]


class Stand(StrEnum):
    """How far a task is."""

    UNKNOWN = "unknown"
    """Nobody looked yet, or not since it may have been created."""
    ABSENT = "absent"
    FOUND = "found"
    """Its id is known, and what is to be changed is not changed yet."""
    DONE = "done"
    REFUSED = "refused"


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """A contact or company; two are never the same task, even if they ask for the same.

    Attributes:
        kind: Which of both.
        wanted: The values that it is to have, by key, in the form in which Groove takes them.
        fields: The custom fields of these.
        identifier: The field that identifies it; None if only Groove's id does.
        stand: How far it is.
        id: Groove's id.
        is_known: Whether the ledger gave the id.
        is_checked: Whether it was seen in Groove under this id.
        current: The values that it has, if they were looked up; a list for each key.
        companies: The ids of the contact's companies, if they were looked up.
        company: The company that it is to belong to.
        problem: Why it was refused.
        was_taken: Groove refused to create it because it is there already.
    """

    kind: SubjectKind
    wanted: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, CustomField] = field(default_factory=dict)
    identifier: CustomField | None = None
    stand: Stand = Stand.UNKNOWN
    id: str | None = None
    is_known: bool = False
    is_checked: bool = False
    current: Mapping[str, list[Any]] | None = None
    companies: frozenset[str] = frozenset()
    company: Task | None = None
    problem: str = ""
    was_taken: bool = False

    @property
    def value(self) -> str:
        """The value that identifies it; of a list the first."""
        value = self.wanted[self.identifier.key] if self.identifier else ""
        return str(value[0] if isinstance(value, list) else value)

    @property
    def name(self) -> Token | None:
        """What it is identified by; None if only Groove's id says who is meant."""
        return token(self.identifier.key, self.value) if self.identifier else None

    @property
    def id_to_keep(self) -> str | None:
        """Groove's id, unless it was found by a further e-mail or domain.

        Whoever knows the id needs no look-up, and would make that the first one.
        """
        key = self.identifier.key if self.identifier else ""
        first = (self.current or {}).get(key)
        if key not in _IN_ANY_CASE or not first or token(key, str(first[0])) == self.name:
            return self.id
        return None

    @property
    def tokens(self) -> set[Token]:
        """All by which it may be the same as another: its id, and the values of unique fields."""
        found = {("id", self.id)} if self.id else set()
        for key, value in self.wanted.items():
            if self.fields[key].is_unique:
                values = value if isinstance(value, list) else [value]
                found |= {token(key, str(each)) for each in values}
        return found

    @property
    def changes(self) -> dict[str, Any]:
        """What is to be set, as far as it is not known to be so already."""
        if self.current is None:
            return dict(self.wanted)
        return {
            key: value
            for key, value in self.wanted.items()
            if not self._has(key, value, self.current)
        }

    def refuse(self, reason: str) -> None:
        """Give up on it."""
        self.stand, self.problem = Stand.REFUSED, reason

    def look_again(self) -> None:
        """Forget what was seen, as another task may change it; only the ledger's id stays."""
        self.stand, self.current, self.is_checked = Stand.UNKNOWN, None, False
        self.id = self.id if self.is_known else None

    def is_meant_by(self, current: Mapping[str, list[Any]]) -> bool:
        """Tell whether somebody with these values is the one; filters find more than that."""
        return any(
            isinstance(each, str) and token(key, each) == self.name
            for key, values in current.items()
            for each in values
        )

    def _has(self, key: str, value: Any, current: Mapping[str, list[Any]]) -> bool:
        if self.identifier is not None and key == self.identifier.key and value == self.value:
            # Found by it; a further e-mail must not become the first one by that.
            return self.is_meant_by(current)
        wanted = value if isinstance(value, list) else [value]
        kind = self.fields[key].type
        now = current.get(key, [])
        return [_compared(key, kind, each) for each in wanted] == [
            _compared(key, kind, each) for each in now
        ]


def token(key: str, value: str) -> Token:
    """Give what two tasks share if they have the same value in a unique field."""
    space = _SAME_SPACE.get(key, key)
    text = value.strip()
    return space, text.casefold() if space in _IN_ANY_CASE else text


def _compared(key: str, kind: CustomFieldType | None, value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = {name: each for name, each in value.items() if each not in {None, ""}}
        if kind is CustomFieldType.LINK:
            parts.setdefault("text", parts.get("link"))
        return parts
    return token(key, value)[1] if isinstance(value, str) else value
