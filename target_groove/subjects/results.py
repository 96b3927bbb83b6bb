"""The result of each operation in the answer to a document, and what Groove complains about.

Groove tells errors in two places, and may tell some of both with parts of the data: at the top, by
the alias of an operation, and inside of a mutation's result (`guides/errors.md` of GrooveHQ/docs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from target_groove.subjects.documents import alias


@dataclass(frozen=True, slots=True)
class Result:
    """What one operation gave.

    Attributes:
        data: Its result; None if it gave none.
        problem: Why it gave none; empty if nothing was complained about.
        path: What of the input the complaint is about.
    """

    data: Any = None
    problem: str = ""
    path: tuple[str, ...] = ()


def read_results(answer: Mapping[str, Any], count: int) -> list[Result]:
    """Read the result of each operation of a document.

    Args:
        answer: An answer with `data`, whatever else is in it.
        count: How many operations the document had.
    """
    data = answer.get("data")
    complaints = _complaints(answer.get("errors"))
    results = []
    for position in range(count):
        name = alias(position)
        own = data.get(name) if isinstance(data, Mapping) else None
        if own is None:
            results.append(Result(problem=complaints.get(name) or complaints.get("", "")))
        else:
            results.append(_from_payload(own))
    return results


def _complaints(errors: Any) -> dict[str, str]:
    """Give the top-level errors by the alias they are about; those about none under no name."""
    found: dict[str, str] = {}
    for each in errors if isinstance(errors, list) else ():
        if isinstance(each, Mapping):
            path = each.get("path")
            name = str(path[0]) if isinstance(path, list) and path else ""
            found.setdefault(name, str(each.get("message") or "no reason given"))
    return found


def _from_payload(own: Any) -> Result:
    """Read `errors {path message}`, which mutations have in their results."""
    errors = own.get("errors") if isinstance(own, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, Mapping):
        return Result(data=own)
    path = first.get("path")
    return Result(
        problem=str(first.get("message") or "no reason given"),
        path=tuple(str(each) for each in path) if isinstance(path, list) else (),
    )
