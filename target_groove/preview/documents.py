"""GraphQL documents in a preview: what they do, and the answer that they are taken to get."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.template import SubjectKind
from target_groove.outputs.request_lines import LOOK_UP
from target_groove.preview.documented_schema import INTROSPECTED, documented_fields, field_id
from target_groove.subjects.schema import INTROSPECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_OPERATION: Final = re.compile(r"^  (o\d+): (\w+)", re.MULTILINE)
"""How `subjects/documents.py` writes each operation."""
_IS_MUTATION: Final = re.compile(r"mutation\b")
_LISTS_FIELDS: Final = re.compile(r"query CustomFields\b")
_COLLECTIONS: Final = frozenset({"contacts", "companies"})
_CREATES: Final[Mapping[str, str]] = {"contactCreate": "contact", "companyCreate": "company"}
_NOBODY: Final = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}

_ASKS_SCHEMA: Final = (
    "what follows is written as Groove documents its GraphQL; the answer may change its names"
)
_ASKS_FIELDS: Final = (
    "the ids and types of custom fields come with the answer, and whether the account has those "
    "that Groove does not document"
)
_ASKS_WHO: Final = "what follows is shown as if none of them were in Groove yet"
_ASKS_VALUES: Final = "what follows is shown as if every value were another one in Groove"


def answer_to(body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a document as Groove would that has nobody of whom no id is known."""
    query, variables = str(body["query"]), body["variables"]
    if query == INTROSPECTION:
        return {"data": INTROSPECTED}
    if _LISTS_FIELDS.match(query):
        return {"data": {"customFields": {**_NOBODY, "nodes": documented_fields()}}}
    return {"data": {alias: _result(alias, name, variables) for alias, name in _operations(query)}}


def action_of_document(body: Mapping[str, Any]) -> str:
    """Say what a document does: create, update with the keys of the fields, or look up."""
    query = str(body["query"])
    if not _IS_MUTATION.match(query):
        return LOOK_UP
    names = [name for _, name in _operations(query)]
    if any(name in _CREATES for name in names):
        return "create"
    keys = dict.fromkeys(
        str(each["customFieldIdOrKey"])
        for given in body["variables"].values()
        for item in (given, *given.get("items", ()))
        for each in item.get("customFieldList", ())
    )
    if "companyAddContacts" in names:
        keys["company"] = None
    return f"update: {', '.join(keys)}"


def depends(body: Mapping[str, Any]) -> list[str]:
    """Say what depends on the answer to a document; nothing if it is only sent."""
    query = str(body["query"])
    if query == INTROSPECTION:
        return [_ASKS_SCHEMA]
    if _LISTS_FIELDS.match(query):
        return [_ASKS_FIELDS]
    if _IS_MUTATION.match(query):
        return []
    names = {name for _, name in _operations(query)}
    said = [_ASKS_WHO] if names & _COLLECTIONS else []
    return said + ([_ASKS_VALUES] if names - _COLLECTIONS else [])


def _operations(query: str) -> Iterator[tuple[str, str]]:
    return ((found[1], found[2]) for found in _OPERATION.finditer(query))


def _result(alias: str, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    if name in _COLLECTIONS:
        return _NOBODY
    if name in _CREATES:
        kind = _CREATES[name]
        who = _who(SubjectKind(kind), variables[f"{alias}_input"].get("customFields", ()))
        return {kind: {"id": f"<id of the {kind} {who or alias}>"}, "errors": []}
    if f"{alias}_id" in variables:
        return {"id": variables[f"{alias}_id"]}
    return {"errors": []}


def _who(kind: SubjectKind, fields: Sequence[Mapping[str, Any]]) -> str:
    """Give the value that identifies somebody who is to be created."""
    values = {str(each["customFieldId"]): str(each["value"]) for each in fields}
    identifying = (values.get(field_id(key), "") for key in IDENTIFIERS[kind])
    return next(filter(None, (*identifying, *values.values())), "")
