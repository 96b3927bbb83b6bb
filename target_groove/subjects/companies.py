"""The companies of a batch's contacts: each once, and asked for once a run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from target_groove.subjects.task import Stand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.subjects.task import Task, Token


def company_tasks(contacts: Iterable[Task]) -> list[Task]:
    """Make one task of contacts' companies that are the same; later values win.

    The contacts refer to it afterwards.
    """
    companies: dict[Token, Task] = {}
    for contact in contacts:
        company = contact.company
        if company is None or company.name is None:
            continue
        known = companies.setdefault(company.name, company)
        if known is not company:
            known.wanted |= company.wanted
            known.fields |= company.fields
        contact.company = known
    return list(companies.values())


class KnownCompanies:
    """Companies that this run found or made, with what it set."""

    def __init__(self) -> None:
        """Know none."""
        self._lock = threading.Lock()
        self._known: dict[Token | None, tuple[str, dict[str, Any]]] = {}

    def fill_in(self, task: Task) -> None:
        """Tell a task what is known of its company, so that it need not be looked up."""
        with self._lock:
            found = self._known.get(task.name)
        if found:
            task.id, values = found
            task.stand = Stand.FOUND
            task.current = {
                key: value if isinstance(value, list) else [value] for key, value in values.items()
            }

    def remember(self, task: Task) -> None:
        """Keep what is known of a company now."""
        if task.stand is not Stand.DONE or task.id is None:
            return
        with self._lock:
            _, before = self._known.get(task.name, ("", {}))
            self._known[task.name] = (task.id, before | task.wanted)
