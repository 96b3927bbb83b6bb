"""From a record's payload to its task: which custom fields are meant, and whether they fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.template import SubjectKind
from target_groove.endpoints.values import ValueProblem
from target_groove.subjects.custom_fields import CustomField, fitted, is_blank
from target_groove.subjects.task import Task

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Fields = Mapping[str, CustomField]
MakeField = Callable[[SubjectKind, str, Any], CustomField]
"""Takes kind, key and a value, creates the field; raises `ValueProblem` if that is not possible."""
_UNKNOWN: Final = (
    "Groove has no such custom field; create it there, leave it out with exclude, or set "
    "create_missing_fields"
)


def read_record(
    kind: SubjectKind,
    payload: Mapping[str, Any],
    fields: Fields,
    *,
    known_id: str | None,
    make_field: MakeField | None,
    record_key: Collection[str] = (),
) -> Task:
    """Make the task of a record.

    Args:
        kind: Contact or company.
        payload: The payload; short names stand for fields of the kind.
        fields: The custom fields of the account.
        known_id: Groove's id, if it is known.
        make_field: Creates a field that is missing; None if that is not wanted.
        record_key: Attributes that identify the record; left out if Groove has no such field.

    Returns:
        The task; refused, if the record is wrong in any way.
    """
    problems: list[str] = []
    found: dict[SubjectKind, Task] = {each: Task(kind=each) for each in SubjectKind}
    for name, value in payload.items():
        names = {name, f"{kind}_{name}"}
        if is_blank(value) or (name in record_key and names.isdisjoint(fields)):
            continue
        try:
            field = _field(kind, name, value, fields, make_field)
            form = fitted(field, value)
        except ValueProblem as error:
            problems.append(f"{name}: {error}")
            continue
        if not is_blank(form):
            found[field.kind].wanted[field.key] = form
            found[field.kind].fields[field.key] = field
    for each in found.values():
        each.identifier = _identifier(each.kind, each.fields.values())
    task, company = found[kind], found[SubjectKind.COMPANY]
    task.id, task.is_known = known_id, known_id is not None
    if kind is SubjectKind.CONTACT and company.wanted:
        task.company = company
    needed = [each for each in (task, task.company) if each is not None and each.id is None]
    if not problems:
        problems += [_unidentified(each) for each in needed if each.identifier is None]
    if problems:
        task.refuse("; ".join(problems))
    return task


def existing_field(kind: SubjectKind, name: str, fields: Fields) -> CustomField | None:
    """Find the custom field that a name in a payload means; None if the account has none.

    Raises:
        ValueProblem: The field cannot be set here.
    """
    field = fields.get(name) or fields.get(f"{kind}_{name}")
    if field and kind is SubjectKind.COMPANY and field.kind is SubjectKind.CONTACT:
        msg = "is a field of contacts, not of companies"
        raise ValueProblem(msg)
    return field


def _field(
    kind: SubjectKind, name: str, value: Any, fields: Fields, make_field: MakeField | None
) -> CustomField:
    if field := existing_field(kind, name, fields):
        return field
    if make_field is None:
        raise ValueProblem(_UNKNOWN)
    has_prefix = name.startswith(tuple(f"{each}_" for each in SubjectKind))
    key = name if has_prefix else f"{kind}_{name}"
    of = SubjectKind.COMPANY if key.startswith("company_") else SubjectKind.CONTACT
    return make_field(of, key, value)


def _identifier(kind: SubjectKind, fields: Iterable[CustomField]) -> CustomField | None:
    by_key = {each.key: each for each in fields}
    usual = (by_key[key] for key in IDENTIFIERS[kind] if key in by_key)
    own = (each for each in by_key.values() if each.is_unique and each.key not in IDENTIFIERS[kind])
    return next(usual, None) or next(own, None)


def _unidentified(task: Task) -> str:
    first, *others = IDENTIFIERS[task.kind]
    return (
        f"{first}: is missing, and nothing else says which {task.kind} is meant; give it, "
        f"{', '.join(others)} or a unique field of the account's own"
    )
