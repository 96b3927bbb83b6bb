"""A batch of contacts or companies, from its records to one outcome for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import backoff

from target_groove.delivery.outcome import Outcome, Verdict
from target_groove.delivery.sender import LONGEST_BACKOFF
from target_groove.endpoints.template import SubjectKind
from target_groove.subjects.account import WITHOUT_GRAPHQL, Account
from target_groove.subjects.calls import Calls, DocumentSizes, InDoubt, Stopped
from target_groove.subjects.claims import Claims
from target_groove.subjects.companies import KnownCompanies, company_tasks
from target_groove.subjects.looking_up import LookUps
from target_groove.subjects.missing_fields import SECONDS_BEFORE_LOOKING, MissingFields
from target_groove.subjects.reading_records import read_record
from target_groove.subjects.task import Stand
from target_groove.subjects.writing import BULK_FROM, Writes, is_to_be_attached

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from target_groove.delivery.engine import Engine
    from target_groove.delivery.journal import Journal
    from target_groove.delivery.request import Request
    from target_groove.subjects.custom_fields import CustomField
    from target_groove.subjects.schema import Schema
    from target_groove.subjects.task import Task, Token

_ATTACH: Final = "companyAddContacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A contact or company on its way.

    Attributes:
        fields: The payload, checked as far as that goes without Groove.
        known_id: Groove's id from the ledger; None if it is not known.
        record_key: Attributes that identify the record; left out if Groove has no such field.
    """

    fields: Mapping[str, Any]
    known_id: str | None = None
    record_key: tuple[str, ...] = ()


class Subjects:
    """The contacts and companies of a run; several threads may carry batches out at once."""

    def __init__(self, engine: Engine, *, create_missing_fields: bool) -> None:
        """Take the parts; nothing is asked yet.

        Args:
            engine: Sends.
            create_missing_fields: Whether an unknown custom field is created.
        """
        self._engine = engine
        self._account = Account()
        self._claims = Claims()
        self._sizes = DocumentSizes()
        self._companies = KnownCompanies()
        self._missing = MissingFields(self._account, engine) if create_missing_fields else None

    def carry_out(
        self, kind: SubjectKind, request: Request, subjects: Sequence[Subject], journal: Journal
    ) -> Outcome:
        """Create, change and attach what a batch asks for.

        Args:
            kind: Contacts or companies.
            request: The batch as it is shown to people (`batch_request`).
            subjects: Its records, one for each of the request's sources.
            journal: Learns when a document leaves that changes something.

        Returns:
            One outcome, with a reason and Groove's id for each subject. A batch that is cut short
            may be given again: what is there already is found.

        Raises:
            Interrupted: A signal came before a document was sent.
        """
        calls = Calls(self._engine, request, journal, self._sizes)
        tasks: list[Task] = []
        try:
            schema = self._account.schema(calls, kind)
            tasks += self._read(calls, schema, kind, subjects)
            for a_round in _rounds(tasks):
                self._carry_out(calls, schema, a_round)
        except InDoubt as error:
            return replace(error.outcome, verdict=Verdict.UNAVAILABLE)
        except Stopped as error:
            if error.outcome.verdict is not Verdict.REJECTED or not tasks:
                return error.outcome
            for each in tasks:
                if each.stand not in {Stand.DONE, Stand.REFUSED}:
                    each.refuse(error.outcome.reason)
        return _outcome(tasks, calls.last)

    def _read(
        self, calls: Calls, schema: Schema, kind: SubjectKind, subjects: Sequence[Subject]
    ) -> list[Task]:
        fields = self._account.fields(calls, kind)

        def make_field(of: SubjectKind, key: str, value: Any) -> CustomField:
            assert self._missing is not None  # noqa: S101 - not handed over without
            return self._missing.make(calls, schema, of, key, value)

        tasks = [
            read_record(
                kind,
                each.fields,
                fields,
                known_id=each.known_id,
                make_field=make_field if self._missing else None,
                record_key=each.record_key,
            )
            for each in subjects
        ]
        for each in tasks:
            if each.company is None or each.stand is Stand.REFUSED:
                continue
            missing = schema.missing(SubjectKind.COMPANY)
            if not schema.can_change(_ATTACH):
                missing.append(_ATTACH)
            if missing:
                each.refuse(
                    f"{next(iter(each.company.wanted))}: api_token may not see "
                    f"{', '.join(missing)}; leave the company out, or note that {WITHOUT_GRAPHQL}"
                )
        return tasks

    def _carry_out(self, calls: Calls, schema: Schema, tasks: Sequence[Task]) -> None:
        companies = company_tasks(tasks)
        for each in companies:
            self._companies.fill_in(each)
        tokens: set[Token] = set()
        for each in (*tasks, *companies):
            if each.current is None or each.changes:
                tokens |= each.tokens
        with self._claims.hold(tokens, lambda: self._engine.pause(0.0)):
            for each in companies:
                self._companies.fill_in(each)
            left = [*companies, *tasks]
            while left:
                left = self._until_all_is_known(calls, schema, left)
            for each in companies:
                self._companies.remember(each)
        for each in tasks:
            if each.company is not None and each.company.problem and not each.problem:
                each.refuse(f"its company: {each.company.problem}")

    def _until_all_is_known(
        self, calls: Calls, schema: Schema, tasks: Sequence[Task]
    ) -> list[Task]:
        """Carry tasks out; give back those that turned out to be the same as one before them.

        With a company come its contacts, which it is not attached to yet.
        """
        look_ups, writes = LookUps(calls, schema), Writes(calls, schema)
        _begin(tasks, may_check=look_ups.can_check, in_bulk=schema.bulk is not None)
        waits = backoff.expo(factor=SECONDS_BEFORE_LOOKING, max_value=LONGEST_BACKOFF)
        next(waits)
        attempt = 1
        while True:
            if unknown := [each for each in tasks if each.stand is Stand.UNKNOWN]:
                look_ups.look_up(unknown)
            now = _once_each(tasks)
            absent = _absent(now)
            try:
                writes.create(absent)
                writes.change(now)
            except InDoubt as doubt:
                if attempt >= self._engine.max_attempts:
                    raise Stopped(_given_up(doubt.outcome, attempt)) from doubt
                attempt += 1
                self._engine.pause(next(waits))
                self._look_after(look_ups, absent)
            if not any(_is_open(each) for each in now):
                return [each for each in tasks if each not in now or _waits(each)]

    def _look_after(self, look_ups: LookUps, in_doubt: Sequence[Task]) -> None:
        """Look for what may have been created, until Groove is not at work on it any more."""
        look_ups.look_up(_absent(in_doubt))
        while left := _absent(in_doubt):
            self._engine.pause(SECONDS_BEFORE_LOOKING)
            look_ups.look_up(left)
            if len(_absent(in_doubt)) == len(left):
                return


def _absent(tasks: Sequence[Task]) -> list[Task]:
    return [each for each in tasks if each.stand is Stand.ABSENT]


def _once_each(tasks: Sequence[Task]) -> list[Task]:
    """Leave out tasks whose contact or company is that of a task before them."""
    seen: set[tuple[SubjectKind, str]] = set()
    kept = []
    for each in tasks:
        if each.id is None or (each.kind, each.id) not in seen:
            kept.append(each)
            if each.id is not None:
                seen.add((each.kind, each.id))
        else:
            each.look_again()  # The one before may change it, and by what it is found.
    return kept


def _begin(
    tasks: Sequence[Task], *, may_check: Callable[[SubjectKind], bool], in_bulk: bool
) -> None:
    """Decide what is to be looked up: known contacts only where it is needed.

    The bulk mutation tells nothing of a contact that was deleted, and whether a contact is in its
    company can only be seen. All others are told one by one.
    """
    known = [each for each in tasks if each.stand is Stand.UNKNOWN and each.id is not None]
    many = in_bulk and len(known) >= BULK_FROM
    for each in known:
        if not (may_check(each.kind) and (many or each.company is not None)):
            each.stand = Stand.FOUND


def _waits(task: Task) -> bool:
    """Whether a contact is to be attached to a company whose turn has not come."""
    company = task.company
    return task.stand is Stand.DONE and company is not None and company.stand is Stand.UNKNOWN


def _is_open(task: Task) -> bool:
    if task.stand is Stand.REFUSED:
        return False
    is_alone = task.company is None or task.company.stand is Stand.REFUSED
    return task.stand is not Stand.DONE or (not is_alone and is_to_be_attached(task))


def _rounds(tasks: Sequence[Task]) -> list[list[Task]]:
    """Put records that mean the same contact or company one after the other, in their order."""
    rounds: list[list[Task]] = []
    left = [each for each in tasks if each.stand is not Stand.REFUSED]
    while left:
        seen: set[Token] = set()
        now: list[Task] = []
        later: list[Task] = []
        for each in left:
            (now if seen.isdisjoint(each.tokens) else later).append(each)
            seen |= each.tokens
        rounds.append(now)
        left = later
    return rounds


def _given_up(outcome: Outcome, attempts: int) -> Outcome:
    """Each time it certainly was not there; a 500 at every attempt is about these records."""
    is_refusal = outcome.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    verdict = Verdict.REJECTED if is_refusal else Verdict.UNAVAILABLE
    return replace(outcome, verdict=verdict, attempts=attempts)


def _outcome(tasks: Sequence[Task], last: Outcome) -> Outcome:
    reasons = tuple(each.problem or None for each in tasks)
    ids = tuple(each.id_to_keep for each in tasks)
    rejected = all(reasons)
    return replace(
        last,
        verdict=Verdict.REJECTED if rejected else Verdict.DELIVERED,
        reason=str(reasons[0]) if rejected else "",
        resource_id=ids[0] if len(ids) == 1 else None,
        item_reasons=reasons,
        item_ids=ids,
    )
