"""A Groove with contacts and companies, and batches that are carried out against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from target_groove.delivery.engine import Engine
from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.request import Request, Source
from target_groove.endpoints import TEMPLATES
from target_groove.sandbox import Sandbox
from target_groove.subjects.carrying_out import Subject, Subjects
from target_groove.subjects.showing import batch_request

EMAIL = "ada@example.org"


@dataclass
class Notebook:
    """A journal that can be read."""

    notes: list[str] = field(default_factory=list)
    survives: bool = True

    def leaves(self, request: Request) -> None:
        assert request.repeatable
        self.notes.append("leaves")

    def came_back(self) -> None:
        self.notes.append("came back")

    def answered(self, request: Request, outcome: Outcome) -> None:
        assert request.method == "POST"
        assert outcome.attempts

    def call_done(self, request: Request, resource_id: str | None) -> None:
        raise AssertionError(request, resource_id)


@dataclass
class Crm:
    """The sandbox's contacts and companies, and a run's hand on them.

    Attributes:
        sandbox: The sandbox.
        engine: Sends.
        waits: The pauses that were made.
        subjects: Carries batches out.
        journal: What was noted.
    """

    sandbox: Sandbox
    engine: Engine
    waits: list[float]
    subjects: Subjects
    journal: Notebook = field(default_factory=Notebook)

    def new_run(self, *, create_missing_fields: bool = False) -> None:
        """Forget what a run asks once."""
        self.subjects = Subjects(self.engine, create_missing_fields=create_missing_fields)

    def upsert(
        self,
        endpoint: str,
        *payloads: Mapping[str, Any],
        known: Iterable[str | None] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Carry a batch out; `known` are Groove's ids, where the ledger has them."""
        template = TEMPLATES[endpoint]
        ids = [*known, *[None] * len(payloads)]
        subjects = [
            Subject(fields=fields, known_id=known_id)
            for fields, known_id in zip(payloads, ids, strict=False)
        ]
        request = batch_request(
            template,
            url=self.sandbox.graphql_url,
            headers=headers or {},
            subjects=subjects,
            sources=sources(len(subjects)),
        )
        assert template.subject is not None
        return self.subjects.carry_out(template.subject, request, subjects, self.journal)

    def contact(self, *payloads: Mapping[str, Any], **options: Any) -> Outcome:
        return self.upsert("upsert_contact", *payloads, **options)

    def company(self, *payloads: Mapping[str, Any], **options: Any) -> Outcome:
        return self.upsert("upsert_company", *payloads, **options)

    def delivered(self, outcome: Outcome) -> list[str]:
        """Give the ids of a batch of which everything went through."""
        assert outcome.verdict is Verdict.DELIVERED, outcome
        assert not any(outcome.item_reasons), outcome.item_reasons
        assert all(outcome.item_ids)
        return [str(each) for each in outcome.item_ids]

    def mutate(self, query: str) -> Any:
        """Change something behind the run's back."""
        answer = requests.post(
            self.sandbox.graphql_url,
            json={"query": query},
            headers={"Authorization": f"Bearer {self.sandbox.token}"},
            timeout=10,
        )
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    def create(self, email: str) -> None:
        """Create a contact behind the run's back."""
        fields = self.sandbox.things("custom_fields")
        (field_id,) = (each["id"] for each in fields if each["key"] == "contact_email")
        self.mutate(
            "mutation { contactCreate(input: {contactType: contact, customFields: "
            f'[{{customFieldId: "cf_{field_id}", value: "{email}"}}]}}) '
            "{ errors { message } } }"
        )

    def delete(self, kind: str, subject_id: str) -> None:
        self.mutate(
            f'mutation {{ {kind}Delete(input: {{{kind}Id: "{subject_id}"}}) '
            "{ errors { message } } }"
        )

    @property
    def contacts(self) -> list[dict[str, Any]]:
        return self.sandbox.things("contacts")

    @property
    def companies(self) -> list[dict[str, Any]]:
        return self.sandbox.things("companies")

    @property
    def documents(self) -> list[str]:
        """The documents that arrived, by their first line."""
        return [query.partition("\n")[0] for query in self.queries]

    @property
    def queries(self) -> list[str]:
        said = [str(each["body"]["query"]) for each in self.sandbox.log()]
        return [each for each in said if not each.startswith("mutation {")]

    @property
    def kinds(self) -> list[str]:
        """What the documents were: `Introspection`, `CustomFields`, `LookUp` or `Upsert`."""
        return [line.split()[1].partition("(")[0] for line in self.documents]

    def prepared(self) -> None:
        """Have everything asked that is asked once a run, and forget the requests."""
        assert self.contact({}).verdict is Verdict.REJECTED
        self.seen = len(self.sandbox.log())

    seen: int = 0

    @property
    def new_kinds(self) -> list[str]:
        """As `kinds`, since everything was prepared."""
        return self.kinds[self.seen :]


def sources(count: int) -> tuple[Source, ...]:
    return tuple(
        Source(stream="people", message={}, schema={}, place=f"line {n}", key="", position=n)
        for n in range(count)
    )


def reasons(outcome: Outcome) -> Sequence[str | None]:
    return outcome.item_reasons
