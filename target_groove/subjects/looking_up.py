"""Finding contacts and companies: many look-ups in one document, and each finding verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from target_groove.endpoints.template import SubjectKind
from target_groove.subjects.documents import Operation
from target_groove.subjects.schema import COLLECTIONS, PAGE
from target_groove.subjects.task import Stand

if TYPE_CHECKING:
    from target_groove.subjects.calls import Calls
    from target_groove.subjects.results import Result
    from target_groove.subjects.schema import Schema
    from target_groove.subjects.task import Task

_FILTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "contact_email": ("email",),
    "contact_secondary_emails": ("email", "search"),
    "company_domain": ("domain",),
    "company_secondary_domains": ("domain", "search"),
}
"""The filters that may find a value. Whether `email` and `domain` find further ones is not written
anywhere, so the full text is searched as well; in one document that costs no request."""
_FUZZY: Final = "search"
_MOST_PAGES: Final = 200
_PAGE_INFO: Final = "pageInfo { hasNextPage endCursor }"


@dataclass(slots=True, kw_only=True)
class _Search:
    """One way to look for a task, or the list of all for several, page by page."""

    tasks: list[Task]
    filter: str
    after: str | None = None
    goes_on: bool = True


class LookUps:
    """Looks up the tasks of one round."""

    def __init__(self, calls: Calls, schema: Schema) -> None:
        """Take the parts."""
        self._calls = calls
        self._schema = schema

    def can_check(self, kind: SubjectKind) -> bool:
        """Tell whether a contact or company can be asked for by its id."""
        return self._schema.can_ask(str(kind))

    def look_up(self, tasks: Sequence[Task]) -> None:
        """Find out of each task whether it is in Groove, and with which values.

        Those with an id are asked for by it; if that is gone, and of all others, the value of their
        identifying field is searched. Afterwards each task is found, absent or refused.

        Raises:
            Stopped: Groove did not answer.
        """
        known = [each for each in tasks if each.id is not None]
        searches = self._searches([each for each in tasks if each.id is None])
        results = self._calls.ask(
            [*map(self._by_id, known), *(self._search(each) for each in searches)]
        )
        for task, result in zip(known, results, strict=False):
            if isinstance(result.data, Mapping) and result.data.get("id") is not None:
                _take(task, [result.data])
            else:
                forget_id(task)
        self._go_through(searches, results[len(known) :])
        if gone := [each for each in known if each.stand is Stand.UNKNOWN]:
            self.look_up(gone)

    def _searches(self, tasks: Sequence[Task]) -> list[_Search]:
        searches: list[_Search] = []
        everybody: dict[SubjectKind, list[Task]] = {}
        for task in tasks:
            if filters := self._filters(task):
                searches += (_Search(tasks=[task], filter=each) for each in filters)
            else:
                everybody.setdefault(task.kind, []).append(task)
        return searches + [_Search(tasks=each, filter="") for each in everybody.values()]

    def _go_through(self, searches: Sequence[_Search], results: Sequence[Result]) -> None:
        found: dict[Task, dict[str, Mapping[str, Any]]] = {
            task: {} for each in searches for task in each.tasks
        }
        problems: dict[Task, str] = {}
        for _ in range(_MOST_PAGES):
            for search, result in zip(searches, results, strict=True):
                _read_page(search, result, found, problems)
            searches = [
                each
                for each in searches
                if each.goes_on and not all(found[task] or task in problems for task in each.tasks)
            ]
            if not searches:
                break
            results = self._calls.ask([self._search(each) for each in searches])
        for search in searches:
            problems |= dict.fromkeys(search.tasks, "it finds too many")
        for task, nodes in found.items():
            if task in problems and not nodes:
                task.refuse(f"the look-up of {task.value} failed: {problems[task]}")
            else:
                _take(task, list(nodes.values()))

    def _filters(self, task: Task) -> list[str]:
        """Name the filters that can find a task; none if all have to be listed."""
        key = task.identifier.key if task.identifier else ""
        usual = _FILTERS.get(key) or (_camel_case(key.removeprefix(f"{task.kind}_")),)
        seen = self._schema.filters(task.kind)
        return [name for name in usual if name in seen] or [
            name for name in (_FUZZY,) if name in seen
        ]

    def _search(self, search: _Search) -> Operation:
        first = search.tasks[0]
        arguments: dict[str, tuple[str, Any]] = {"after": ("String", search.after)}
        if search.filter:
            type_ = self._schema.filter_type(first.kind)
            arguments["filter"] = (type_, {search.filter: first.value})
        name, fragment = self._selection(search.tasks)
        return Operation(
            name=COLLECTIONS[first.kind],
            arguments=arguments,
            constants=f"first: {PAGE}",
            selection=f"nodes {{ ...{name} }} {_PAGE_INFO}",
            fragment=fragment,
        )

    def _by_id(self, task: Task) -> Operation:
        name, fragment = self._selection([task])
        return Operation(
            name=str(task.kind),
            arguments={"id": ("ID!", task.id)},
            selection=f"...{name}",
            fragment=fragment,
        )

    def _selection(self, tasks: Sequence[Task]) -> tuple[str, str]:
        with_companies = any(each.company is not None for each in tasks)
        return self._schema.subject(tasks[0].kind, with_companies=with_companies)


def _read_page(
    search: _Search,
    result: Result,
    found: Mapping[Task, dict[str, Mapping[str, Any]]],
    problems: dict[Task, str],
) -> None:
    page = result.data if isinstance(result.data, Mapping) else {}
    info = page.get("pageInfo") or {}
    before, search.after = search.after, info.get("endCursor")
    search.goes_on = bool(info.get("hasNextPage"))
    problem = "" if page else result.problem or "Groove answered with nothing"
    if search.goes_on and search.after == before:
        problem = "it gives the same page for ever"
    for task in search.tasks:
        found[task].update(_meant(task, page))
        if problem:
            problems[task] = problem


def _meant(task: Task, page: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    nodes = (each for each in page.get("nodes") or () if isinstance(each, Mapping))
    return {
        str(each.get("id")): each for each in nodes if task.is_meant_by(_values(task.kind, each))
    }


def _take(task: Task, found: Sequence[Mapping[str, Any]]) -> None:
    if len(found) > 1:
        ids = ", ".join(sorted(str(each["id"]) for each in found))
        key = task.identifier.key if task.identifier else "id"
        task.refuse(f"{key}: {task.value} is that of several in Groove ({ids}); merge them there")
    elif found:
        node = found[0]
        task.stand, task.id, task.is_checked = Stand.FOUND, str(node["id"]), True
        task.current = _values(task.kind, node)
        companies = node.get("companies")
        listed = companies.get("nodes") if isinstance(companies, Mapping) else None
        task.companies = frozenset(str(each["id"]) for each in listed or ())
    else:
        task.stand = Stand.ABSENT


def forget_id(task: Task) -> None:
    """Look for a task anew whose id Groove does not know any more."""
    gone, task.is_known = task.id, False
    task.look_again()
    if task.identifier is None:
        task.refuse(
            f"Groove has no {task.kind} {gone} any more, and no field of the record says which "
            "other is meant"
        )


def _values(kind: SubjectKind, node: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Read the values of a contact or company by key; a field that is a list has one node each."""
    values: dict[str, list[Any]] = {}
    listed = node.get("customFieldValues")
    for each in (listed.get("nodes") if isinstance(listed, Mapping) else None) or ():
        field = each.get("customField")
        key = field.get("key") if isinstance(field, Mapping) else each.get("key")
        values.setdefault(str(key), []).append(_value(each.get("value")))
    first = {SubjectKind.CONTACT: "email", SubjectKind.COMPANY: "domain"}[kind]
    if isinstance(node.get(first), str):
        values.setdefault(f"{kind}_{first}", [node[first]])
    return values


def _value(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return None
    if "content" in value:
        return value["content"]
    parts = {name: each for name, each in value.items() if name != "__typename"}
    if "postalCode" in parts:
        parts["postal_code"] = parts.pop("postalCode")
    return parts


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)
