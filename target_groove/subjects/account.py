"""What is asked of the account once a run: its schema and its custom fields."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.endpoints.contacts import IDENTIFIERS
from target_groove.endpoints.template import SubjectKind
from target_groove.subjects.calls import Stopped
from target_groove.subjects.custom_fields import CustomField, CustomFieldType
from target_groove.subjects.schema import INTROSPECTION, PAGE, Schema

if TYPE_CHECKING:
    from target_groove.subjects.calls import Calls

WITHOUT_GRAPHQL: Final = "update_customer works without GraphQL"
_MEND: Final = (
    "let an administrator make api_token, or use update_customer, which works without GraphQL"
)
_NO_GRAPHQL: Final = "there is no GraphQL at graphql_url"
_NO_LIST: Final = "Groove did not list the custom fields"
_UNIQUE: Final = frozenset(key for keys in IDENTIFIERS.values() for key in keys)
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE})


class Account:
    """The schema and the custom fields, fetched by the first who needs them."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.lock = threading.RLock()
        self._schema: Schema | None = None
        self._fields: dict[str, CustomField] | None = None
        self._refused: dict[SubjectKind | None, Outcome] = {}

    def schema(self, calls: Calls, kind: SubjectKind) -> Schema:
        """Give what the token may see, which is enough for an upsert.

        Raises:
            Stopped: It is not enough, or Groove did not say.
        """
        with self.lock:
            for refused in (self._refused.get(None), self._refused.get(kind)):
                if refused:
                    raise Stopped(refused)
            if self._schema is None:
                self._schema = self._introspected(calls)
            if missing := self._schema.missing(kind):
                names = ", ".join(missing)
                self._refused[kind] = Outcome(
                    verdict=Verdict.NOT_OFFERED,
                    reason=f"api_token may not see {names} of Groove's GraphQL; {_MEND}",
                )
                raise Stopped(self._refused[kind])
            return self._schema

    def fields(self, calls: Calls, kind: SubjectKind) -> Mapping[str, CustomField]:
        """Give the custom fields by key.

        Raises:
            Stopped: Groove did not list them.
        """
        with self.lock:
            if self._fields is None:
                self._fields = self._listed(calls, self.schema(calls, kind))
            return self._fields

    def add(self, node: Mapping[str, Any], calls: Calls, kind: SubjectKind) -> CustomField | None:
        """Take in a field that was just created; None if the answer does not describe it."""
        with self.lock:
            field = _custom_field(node, self.schema(calls, kind))
            if field is not None and self._fields is not None:
                self._fields = {**self._fields, field.key: field}
            return field

    def forget_fields(self) -> None:
        """List the fields again at the next need."""
        with self.lock:
            self._fields = None

    def _introspected(self, calls: Calls) -> Schema:
        try:
            return Schema(calls.query({"query": INTROSPECTION, "variables": {}}))
        except Stopped as error:
            is_gone = error.outcome.status_code in _GONE
            what = _NO_GRAPHQL if is_gone else "Groove's GraphQL did not tell its schema"
            mend = f"correct graphql_url, {_MEND}" if is_gone else _MEND
            outcome = _of_the_account(error.outcome, what, mend)
            if outcome.verdict is Verdict.NOT_OFFERED:
                self._refused[None] = outcome
            raise Stopped(outcome) from error

    def _listed(self, calls: Calls, schema: Schema) -> dict[str, CustomField]:
        query = (
            f"query CustomFields($after: String) {{ customFields(first: {PAGE}, after: $after) "
            f"{{ nodes {{ {schema.custom_field()} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        )
        fields: dict[str, CustomField] = {}
        after = None
        while True:
            try:
                data = calls.query({"query": query, "variables": {"after": after}})
            except Stopped as error:
                raise Stopped(_of_the_account(error.outcome, _NO_LIST)) from error
            page = data.get("customFields")
            if not isinstance(page, Mapping):
                refused = Outcome(verdict=Verdict.REJECTED, reason="the list is missing")
                raise Stopped(_of_the_account(refused, _NO_LIST))
            for node in page.get("nodes") or ():
                if isinstance(node, Mapping) and (field := _custom_field(node, schema)):
                    fields[field.key] = field
            info = page.get("pageInfo") or {}
            if not info.get("hasNextPage") or info.get("endCursor") in {None, after}:
                return fields
            after = info["endCursor"]


def _of_the_account(outcome: Outcome, what: str, mend: str = _MEND) -> Outcome:
    """Judge a question about the account that was refused: no record is the reason."""
    if outcome.verdict is not Verdict.REJECTED:
        return outcome
    if outcome.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        return replace(outcome, verdict=Verdict.UNAVAILABLE)
    reason = f"{what} ({outcome.reason}); {mend}"
    return replace(outcome, verdict=Verdict.NOT_OFFERED, reason=reason)


def _custom_field(node: Mapping[str, Any], schema: Schema) -> CustomField | None:
    key, field_id = node.get("key"), node.get("id")
    if not isinstance(key, str) or field_id is None:
        return None
    type_ = str(node.get("type"))
    options = node.get("options") or ()
    if isinstance(options, Mapping):
        options = options.get("nodes") or ()
    category = node.get("category")
    of = category.get(schema.category_kind) if isinstance(category, Mapping) else None
    by_key = SubjectKind.COMPANY if key.startswith("company_") else SubjectKind.CONTACT
    return CustomField(
        id=str(field_id),
        key=key,
        type=CustomFieldType(type_) if type_ in CustomFieldType.__members__ else None,
        is_array=bool(node.get("isArray")),
        options={str(each["value"]): str(each.get("label") or "") for each in options},
        is_unique=key in _UNIQUE or bool(node.get("isUnique", node.get("unique"))),
        kind={"CONTACT": SubjectKind.CONTACT, "COMPANY": SubjectKind.COMPANY}.get(str(of), by_key),
    )
