"""The mutations: creates, changes of many or of few, and contacts attached to companies."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.template import SubjectKind
from target_groove.subjects.documents import Operation
from target_groove.subjects.looking_up import forget_id
from target_groove.subjects.task import Stand

if TYPE_CHECKING:
    from target_groove.subjects.calls import Calls
    from target_groove.subjects.results import Result
    from target_groove.subjects.schema import Schema
    from target_groove.subjects.task import Task

BULK_FROM: Final = 10
"""Changes in one batch from which on the bulk mutation is used.

Groove recommends it for data that is kept in step, and answers it at once, however many there are.
It tells nothing of what became of them, so fewer are sent one by one, in one document.
"""
_ERRORS: Final = "errors { path message }"
_TAKEN: Final = re.compile(r"taken|already (exists|in use)|not unique", re.IGNORECASE)
_GONE: Final = re.compile(
    r"not found|(could|can)( ?not|n't) (be found|find)|does( ?not|n't) exist|no such|deleted",
    re.IGNORECASE,
)
_Take = tuple[Operation, Callable[["Result"], None]]


class Writes:
    """Carries out what is to be changed in one round."""

    def __init__(self, calls: Calls, schema: Schema) -> None:
        """Take the parts."""
        self._calls = calls
        self._schema = schema
        self._bulk = schema.bulk

    def create(self, tasks: Sequence[Task]) -> None:
        """Create what is absent, with all values that are texts.

        How a create would take a list, a link or an address is not documented: these are set
        afterwards. Only if a list identifies the subject, its first item goes along.

        Raises:
            InDoubt: Of those that are still absent nobody knows.
            Stopped: Groove did not answer.
        """
        self._carry_out([self._create(each) for each in tasks], repeatable=False)

    def change(self, tasks: Sequence[Task]) -> None:
        """Set what differs, and attach contacts to their companies, in one document.

        Raises:
            InDoubt: The answer made no sense; it may be sent again.
            Stopped: Groove did not answer.
        """
        found = [each for each in tasks if each.stand is Stand.FOUND]
        for each in found:
            if not each.changes:
                each.stand = Stand.DONE
        changed = [each for each in found if each.stand is Stand.FOUND]
        at_once = [each for each in changed if each.is_checked]
        if self._bulk is None or len(at_once) < BULK_FROM:
            at_once = []
        one_by_one = [each for each in changed if each not in at_once]
        operations = [self._change_all(self._bulk, at_once)] if self._bulk and at_once else []
        operations += [self._change(each) for each in one_by_one]
        self._carry_out([*operations, *self._attachments(tasks)], repeatable=True)

    def _carry_out(self, operations: Sequence[_Take], *, repeatable: bool) -> None:
        self._calls.change(
            [operation for operation, _ in operations],
            lambda position, result: operations[position][1](result),
            repeatable=repeatable,
        )

    def _create(self, task: Task) -> _Take:
        values = {
            key: value
            for key, value in task.wanted.items()
            if task.fields[key].is_text and not task.fields[key].is_array
        }
        if task.identifier is not None and task.identifier.is_array:
            values[task.identifier.key] = task.value
        keys = list(values)
        fields = [{"customFieldId": task.fields[key].id, "value": values[key]} for key in keys]
        given: dict[str, Any] = {"customFields": fields}
        if task.kind is SubjectKind.CONTACT:
            given["contactType"] = "contact"

        def take(result: Result) -> None:
            made = result.data.get(str(task.kind)) if isinstance(result.data, Mapping) else None
            if isinstance(made, Mapping) and made.get("id") is not None:
                task.stand, task.id, task.is_checked = Stand.FOUND, str(made["id"]), True
                task.current = {key: [value] for key, value in values.items()}
            elif _TAKEN.search(result.problem) and not task.was_taken:
                # Somebody else created it meanwhile; or it is not to be found by what we have.
                task.stand, task.was_taken = Stand.UNKNOWN, True
            else:
                task.refuse(_sentence(result, keys, "created nothing"))

        return self._mutation(f"{task.kind}Create", given, f"{task.kind} {{ id }}"), take

    def _change(self, task: Task) -> _Take:
        mutation = "customFieldValuesUpdate"
        changes = task.changes
        names = self._schema.input_names(mutation)
        list_name = "customFieldList" if "customFieldList" in names else "values"
        given = {"subjectId": task.id, list_name: _value_list(changes)}

        def take(result: Result) -> None:
            if result.data is not None and not result.problem:
                task.stand = Stand.DONE
            elif not task.is_checked and _is_gone(result, "subjectId"):
                forget_id(task)
            else:
                task.refuse(_sentence(result, list(changes), "changed nothing"))

        return self._mutation(mutation, given, "subject { __typename }"), take

    def _change_all(self, mutation: str, tasks: Sequence[Task]) -> _Take:
        items = [
            {"subjectId": each.id, "customFieldList": _value_list(each.changes)} for each in tasks
        ]

        def take(result: Result) -> None:
            if result.data is None or result.problem:
                # One by one it comes out which of them it is about.
                self._bulk = None
                return
            for each in tasks:
                each.stand = Stand.DONE

        return self._mutation(mutation, {"items": items}, "jid"), take

    def _attachments(self, tasks: Sequence[Task]) -> list[_Take]:
        by_company: dict[str, list[Task]] = {}
        for each in tasks:
            company = each.company.id if each.company else None
            if each.stand in {Stand.FOUND, Stand.DONE} and company and is_to_be_attached(each):
                by_company.setdefault(company, []).append(each)
        return [self._attach(company, contacts) for company, contacts in by_company.items()]

    def _attach(self, company: str, contacts: Sequence[Task]) -> _Take:
        given = {"companyId": company, "contactIds": [each.id for each in contacts]}

        def take(result: Result) -> None:
            task = contacts[0].company
            if task is not None and not task.is_checked and _is_gone(result, "companyId"):
                # It was there before in this run.
                forget_id(task)
                return
            for each in contacts:
                if result.data is not None and not result.problem:
                    each.companies |= {company}
                else:
                    reason = _sentence(result, [], "did nothing")
                    each.refuse(f"it is not attached to its company {company}: {reason}")

        return self._mutation("companyAddContacts", given, "company { id }"), take

    def _mutation(self, name: str, given: Mapping[str, Any], selection: str) -> Operation:
        return Operation(
            name=name,
            arguments={"input": (f"{self._schema.input_type(name)}!", dict(given))},
            selection=f"{selection} {_ERRORS}",
        )


def is_to_be_attached(task: Task) -> bool:
    """Tell whether a contact is not in its company yet, as far as is known."""
    company = task.company
    return company is not None and company.id is not None and company.id not in task.companies


def _value_list(changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"customFieldIdOrKey": key, "value": value} for key, value in changes.items()]


def _is_gone(result: Result, name: str) -> bool:
    """Tell whether Groove does not know the id that the input has under a name."""
    if result.data is not None:
        return False
    about_it = not result.path or result.path[-1] == name
    return about_it and (not result.problem or _GONE.search(result.problem) is not None)


def _sentence(result: Result, keys: Sequence[str], nothing: str) -> str:
    """Write what Groove complains about, by the key of the field instead of its place."""
    if not result.problem:
        return f"Groove {nothing} and gave no reason"
    names = [
        keys[int(each)] if each.isdecimal() and int(each) < len(keys) else ""
        for each in result.path
    ]
    about = next((each for each in names if each), ".".join(result.path))
    said = f"Groove says: {result.problem}"
    return f"{about}: {said}" if about else said
