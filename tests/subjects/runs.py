"""What the tests of whole runs share: people, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from tests.conftest import TOKEN
from tests.runs import records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_groove.sandbox import Sandbox


def person(number: int, **more: Any) -> dict[str, Any]:
    """A record whose key is no field of Groove."""
    return {"id": number, "email": f"p{number}@example.org", "first_name": "Ada", **more}


def people(count: int, *, changed: Collection[int] = ()) -> list[Any]:
    """Messages of many records, some of them with another name."""
    rows = [
        person(each, **({"first_name": "New"} if each in changed else {})) for each in range(count)
    ]
    return contacts(*rows)


def contacts(*rows: Mapping[str, Any]) -> list[Any]:
    """Messages for `upsert_contact`."""
    return records("upsert_contact", *rows, keys=["id"])


def kinds(sandbox: Sandbox, since: int = 0) -> list[str]:
    """What each document was: `Introspection`, `CustomFields`, `LookUp` or `Upsert`."""
    queries = [str(each["body"]["query"]) for each in sandbox.log()[since:]]
    return [each.split()[1].partition("(")[0] for each in queries]


def values(sandbox: Sandbox, key: str, kind: str = "contacts") -> list[Any]:
    """A value of each contact or company, in the order in which they were made."""
    return [each["values"].get(key) for each in sandbox.things(kind)]


def assert_once_each(sandbox: Sandbox, emails: Iterable[str]) -> None:
    """Nobody is missing, and nobody is there twice."""
    assert sorted(values(sandbox, "contact_email")) == sorted(emails)


def ask(sandbox: Sandbox, query: str) -> Any:
    """Ask or change something as somebody else would."""
    answer = requests.post(
        sandbox.api_url.removesuffix("/v1") + "/v2/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=9,
    ).json()
    assert "errors" not in answer, answer
    return answer["data"]
