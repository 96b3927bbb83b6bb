"""Records for every template, drawn from the fields that it declares."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.template import Field, FieldType, SubjectKind, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), exclude_characters="<>&"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() == text)
NAMES = st.text("abcdefghij", min_size=1, max_size=8)
ADDRESSES = NAMES.map(lambda name: f"{name}@example.org")
DATES = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - it has none
    lambda each: each.replace(microsecond=0, tzinfo=UTC).isoformat()
)
PEOPLE = st.one_of(ADDRESSES, st.fixed_dictionaries({"email": ADDRESSES}, optional={"name": NAMES}))
HIGHEST_KEY = 3
"""So few keys that most inputs have several versions of a record."""


def inputs(template: Template, known: Mapping[str, list[str]]) -> st.SearchStrategy[list[Any]]:
    """Draw the records of a stream.

    Args:
        template: Where they go.
        known: Ids, names and addresses that the account has, by what a field is called.
    """
    one = st.fixed_dictionaries(
        {
            "id": st.integers(1, HIGHEST_KEY),
            **{each.name: st.sampled_from(known[each.name]) for each in template.path_params},
            **(
                {} if template.fields or template.method == "DELETE" else {"enabled": st.booleans()}
            ),
            **{each.name: _value(each, known) for each in template.fields if _needed(each)},
        },
        optional={
            each.name: _value(each, known)
            for each in template.fields
            # The file that `path` names would have to be there.
            if not _needed(each) and each.name != "path"
        },
    )
    if template.subject is not None:
        rows = one.map(_with_values_of_its_own)
        unique = "id" if template.subject is SubjectKind.CONTACT else "company_domain"
        return st.lists(rows, min_size=1, max_size=6, unique_by=itemgetter(unique))
    if template.method == "DELETE":
        return st.lists(one, min_size=1, max_size=1)
    return st.lists(one, min_size=1, max_size=6).map(_moves_nothing(template))


_ENOUGH = {"to", "content", "title", "name", "enabled", "contact_email", "company_domain"}


def _needed(field: Field) -> bool:
    # One of those that stand for others is enough: `to` for `mailbox`, the content for a path.
    return field.required or field.name in _ENOUGH


def _with_values_of_its_own(row: dict[str, Any]) -> dict[str, Any]:
    """Give unique fields values that no other contact or company has."""
    own = {"contact": row["id"], "company": row["company_domain"]}

    def of(name: str, value: Any) -> Any:
        return f"{own[name.partition('_')[0]]}.{value}"

    return {
        name: [of(name, each) for each in value]
        if isinstance(value, list)
        else of(name, value)
        if name in UNIQUE
        else value
        for name, value in row.items()
    }


UNIQUE = {key for keys in IDENTIFIERS.values() for key in keys} - {"company_domain"}


def _moves_nothing(template: Template) -> Any:
    """Let versions of a record name the same object: nothing in Groove can be moved."""
    names = [each.name for each in template.path_params]

    def with_first_params(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first: dict[int, dict[str, Any]] = {}
        return [
            {**row, **{name: first.setdefault(row["id"], row)[name] for name in names}}
            for row in rows
        ]

    return with_first_params


def _value(field: Field, known: Mapping[str, list[str]]) -> st.SearchStrategy[Any]:
    is_list = field.type is FieldType.STRINGS
    if field.name in known:
        one: st.SearchStrategy[Any] = st.sampled_from(known[field.name])
        return st.lists(one, max_size=2, unique=True) if is_list else one
    if field.enum:
        return st.sampled_from([*field.enum, *field.value_synonyms])
    usual = ADDRESSES if field.email else OF_TYPE.get(field.type, TEXTS)
    return OF_NAME.get(field.name, PEOPLE if field.type is FieldType.PERSON else usual)


OF_TYPE: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.BOOLEAN: st.one_of(st.booleans(), st.sampled_from(["true", "no", ""])),
    FieldType.DATETIME: DATES,
    FieldType.STRINGS: st.lists(NAMES, min_size=1, max_size=3, unique=True),
}
URLS = NAMES.map(lambda name: f"https://{name}.example/x")
OF_NAME: dict[str, st.SearchStrategy[Any]] = {
    "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
    "enabled": st.booleans(),
    "url": URLS,
    "og_image_url": URLS,
    "logo_image_url": URLS,
    "filename": NAMES.map(lambda name: f"{name}.bin"),
    "content_type": st.sampled_from(["application/octet-stream", "image/png"]),
    "content": st.binary(min_size=1, max_size=50).map(lambda each: base64.b64encode(each).decode()),
    "custom": st.dictionaries(NAMES, st.integers(), max_size=2),
    "company_domain": st.sampled_from(["a.example", "b.example", "c.example"]),
    "contact_secondary_emails": st.lists(ADDRESSES, min_size=1, max_size=2, unique=True),
    "contact_phone_number": st.integers(10_000, 99_999),
}
