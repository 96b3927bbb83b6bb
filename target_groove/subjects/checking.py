"""What is wrong between a route to contacts or companies and the account, before a record comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.delivery.journal import NoJournal
from target_groove.delivery.outcome import AnswerRule, Verdict
from target_groove.delivery.request import Request
from target_groove.endpoints.values import ValueProblem
from target_groove.errors import DeliveryError
from target_groove.subjects.account import Account
from target_groove.subjects.calls import Calls, DocumentSizes, Stopped
from target_groove.subjects.custom_fields import fitted, is_blank
from target_groove.subjects.reading_records import existing_field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from target_groove.delivery.engine import Engine
    from target_groove.endpoints.template import SubjectKind, Template

_MAKES_FIELDS = "customFieldCreate"


class AccountCheck:
    """Checks routes; the account is asked once for all of them."""

    def __init__(self, engine: Engine, *, url: str, create_missing_fields: bool) -> None:
        """Take the parts; nothing is asked yet.

        Args:
            engine: Sends.
            url: Address of the GraphQL API.
            create_missing_fields: Whether runs create an unknown custom field.
        """
        self._account = Account()
        self._engine = engine
        self._url = url
        self._creates = create_missing_fields

    def problems(
        self,
        template: Template,
        kind: SubjectKind,
        *,
        fields: Collection[str],
        defaults: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> Iterator[str]:
        """Find what Groove does not offer, and names and values that it would refuse.

        Args:
            template: `upsert_contact` or `upsert_company`.
            kind: Contact or company.
            fields: Names in the route's `fields`.
            defaults: The route's `defaults`.
            headers: The route's headers.

        Yields:
            The problems, without a full stop.

        Raises:
            DeliveryError: Groove cannot be reached.
        """
        request = Request(
            endpoint=template.id,
            stream="",
            method=template.method,
            url=self._url,
            headers=headers,
            sources=(),
            repeatable=True,
            answer=AnswerRule(id_attributes=()),
        )
        calls = Calls(self._engine, request, NoJournal(), DocumentSizes())
        try:
            creates = self._account.schema(calls, kind).can_change(_MAKES_FIELDS) and self._creates
            known = self._account.fields(calls, kind)
        except Stopped as error:
            if error.outcome.verdict is Verdict.UNAVAILABLE:
                msg = f"Groove cannot be checked: {error.outcome.reason}."
                raise DeliveryError(msg) from error
            yield error.outcome.reason
            return
        places = {"fields": dict.fromkeys(fields), "defaults": dict(defaults)}
        for place, values in places.items():
            prepared = template.prepare(values) if template.prepare else values
            for name, value in _named(template, prepared):
                try:
                    field = existing_field(kind, name, known)
                    if field is None and not creates:
                        yield f"{place}.{name}: Groove has no such custom field"
                    elif field is not None and not is_blank(value):
                        fitted(field, value)
                except ValueProblem as error:
                    yield f"{place}.{name}: {error}"


def _named(template: Template, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    full = {synonym: each.name for each in template.fields for synonym in each.synonyms}
    for name, value in values.items():
        # What an object of a record will hold is not known yet.
        if name not in {"contact", "company"}:
            yield full.get(name, name), value
