"""Groups, knowledge bases and widgets whose create is in doubt; attachments too."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.finding import Absent, Found
from tests.endpoints.looking import Groove, Scripted, evidence, find, reason

GROUP = {"name": "Returns", "description": "Parcels", "agents": ["ada@sandbox.example"]}
PAIR = ["Ada@sandbox.example", "grace@sandbox.example", "ada@sandbox.example"]
BASE = {"title": "Manual", "subdomain": "manual"}
WIDGET = {"name": "Shop"}


def test_which_creates_can_be_looked_up() -> None:
    assert {each.id for each in TEMPLATES.values() if each.find} == {
        "create_ticket",
        "create_message",
        "upload_attachment",
        "create_article",
        "create_category",
        "create_group",
        "create_knowledge_base",
        "create_widget",
        "upsert_ticket",
        "upsert_article",
        "upsert_group",
        "upsert_knowledge_base",
    }
    assert not any(each.repeatable for each in TEMPLATES.values() if each.find)
    # Groove lists no webhooks; `update_customer`'s twin in GraphQL is no create.
    not_found = {each.id for each in TEMPLATES.values() if not each.find and not each.repeatable}
    assert "create_webhook" in not_found


@pytest.mark.parametrize(
    "template,path,payload",
    [
        ("create_group", "/groups", GROUP),
        ("create_knowledge_base", "/kb", BASE),
        ("create_widget", "/widgets", WIDGET),
    ],
)
def test_found_absent_recorded_or_left_open(
    groove: Groove, template: str, path: str, payload: dict[str, Any]
) -> None:
    known = groove.evidence(payload)
    assert groove.find(template, known) == Absent()
    first = str(groove.post(path, payload)["id"])
    assert groove.find(template, known) == Found(first)
    groove.recorded.add(first)
    assert groove.find(template, known) == Absent()
    second, third = (str(groove.post(path, payload)["id"]) for _ in range(2))
    said = reason(groove.find(template, known))
    assert said.startswith("2 ")
    assert said.endswith(f"{second}, {third}")


@pytest.mark.parametrize(
    "ours,theirs,is_ours",
    [
        ({"name": "Support"}, {}, False),
        ({"name": " Returns "}, {}, True),
        ({"description": "Letters"}, {}, False),
        ({"description": None}, {"description": ""}, True),
        ({"description": None}, {}, False),
        ({"agents": PAIR}, {}, False),
        ({"agents": PAIR}, {"agents": PAIR[:2]}, True),
        ({"agents": []}, {}, False),
        ({"agents": []}, {"agents": []}, True),
        ({"agents": None}, {"agents": PAIR}, True),
    ],
)
def test_what_makes_a_group_ours(
    groove: Groove,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    is_ours: bool,  # noqa: FBT001
) -> None:
    groove.call("DELETE", f"/groups/{groove.call('GET', '/groups').json()['groups'][0]['id']}")
    made = str(groove.post("/groups", {**GROUP, **theirs})["id"])
    finding = groove.find("create_group", groove.evidence({**GROUP, **ours}))
    assert finding == (Found(made) if is_ours else Absent())


@pytest.mark.parametrize("attribute", ["description", "agent_ids"])
def test_what_groove_does_not_say_of_a_group_leaves_it_open(groove: Groove, attribute: str) -> None:
    groove.post("/groups", GROUP)
    groove.changed = {attribute: ...}
    assert "cannot be read" in reason(groove.find("create_group", groove.evidence(GROUP)))


def test_a_group_that_was_deleted_meanwhile_is_left_open() -> None:
    fetch = Scripted({"/groups": [{"groups": [{"id": "0000000007", "name": "Returns"}]}]})
    assert "404" in reason(find("create_group", evidence(GROUP), fetch))
    fetch = Scripted({**fetch.answers, "/groups/0000000007": [{"groups": {}}]})
    assert "has no group" in reason(find("create_group", evidence(GROUP), fetch))


@pytest.mark.parametrize(
    "ours,is_ours",
    [
        ({"title": "Manuals"}, False),
        ({"subdomain": "Manual"}, True),
        ({"subdomain": "manual2"}, False),
        ({"subdomain": None}, True),
        ({"language": "de"}, True),
    ],
)
def test_what_makes_a_knowledge_base_ours(
    groove: Groove,
    ours: dict[str, Any],
    is_ours: bool,  # noqa: FBT001
) -> None:
    made = str(groove.post("/kb", BASE)["id"])
    finding = groove.find("create_knowledge_base", groove.evidence({**BASE, **ours}))
    assert finding == (Found(made) if is_ours else Absent())


@pytest.mark.parametrize(
    "template,path,payload",
    [("create_knowledge_base", "/kb", BASE), ("create_widget", "/widgets", WIDGET)],
)
def test_an_older_one_is_not_ours(
    groove: Groove, template: str, path: str, payload: dict[str, Any]
) -> None:
    groove.post(path, payload)
    groove.clock.advance(60)
    assert groove.find(template, groove.evidence(payload)) == Absent()


def test_a_knowledge_base_needs_no_date_but_a_widget_does(groove: Groove) -> None:
    base = str(groove.post("/kb", BASE)["id"])
    groove.post("/widgets", WIDGET)
    groove.changed = {"created_at": ...}
    assert groove.find("create_knowledge_base", groove.evidence(BASE)) == Found(base)
    assert "no date" in reason(groove.find("create_widget", groove.evidence(WIDGET)))


def attach(groove: Groove, message: str, name: str, content: bytes) -> None:
    answer = requests.post(
        f"{groove.sandbox.uploader_url}/messages/{message}/attachments",
        params={"filename": name},
        data=content,
        headers={"Authorization": f"Bearer {groove.sandbox.token}", "Content-Type": "text/plain"},
        timeout=10,
    )
    assert answer.json()["attachment"]["success"], answer.text


@pytest.mark.parametrize(
    "there,sent,expected",
    [
        ([], [("a.txt", 1)], Absent()),
        ([("a.txt", 1)], [("a.txt", 1)], Found("")),
        ([("b.txt", 2), ("a.txt", 1)], [("a.txt", 1)], Found("")),
        ([("a.txt", 2)], [("a.txt", 1)], Absent()),
        ([("b.txt", 1)], [("a.txt", 1)], "under another name"),
        ([("a.txt", 1)] * 2, [("a.txt", 1)], "more than once"),
        ([("a.txt", 1)] * 2, [("a.txt", 1)] * 2, Found("")),
        ([("a.txt", 1)], [("a.txt", 1), ("b.txt", 2)], "1 of 2 files"),
        ([("a.txt", 1), ("b.txt", 2)], [("b.txt", 2), ("a.txt", 1)], Found("")),
        ([("u\u0308.txt", 1)], [("\u00fc.txt", 1)], Found("")),
    ],
)
def test_attachments(
    groove: Groove, there: list[tuple[str, int]], sent: list[tuple[str, int]], expected: Any
) -> None:
    message = groove.message(groove.ticket())
    for name, size in there:
        attach(groove, message, name, b"x" * size)
    files = [{"filename": name, "size": size} for name, size in sent]
    payload = files[0] if len(files) == 1 else {"files": files}
    known = groove.evidence(payload, {"message_id": message})
    finding = groove.find("upload_attachment", known)
    if isinstance(expected, str):
        assert expected in reason(finding)
    else:
        assert finding == expected


def test_attachments_of_no_message_are_absent(groove: Groove) -> None:
    known = groove.evidence({"filename": "a.txt", "size": 1}, {"message_id": "47&11"})
    assert groove.find("upload_attachment", known) == Absent()
    assert groove.fetched == ["/attachments?message=47%2611"]


@pytest.mark.parametrize(
    "payload,body",
    [
        ({"files": []}, {"attachments": []}),
        ({"files": None}, {"attachments": []}),
        ({"filename": "a.txt"}, {"attachments": []}),
        ({"filename": "a.txt", "size": 1}, []),
        ({"filename": "a.txt", "size": 1}, {"attachments": {}}),
        ({"filename": "a.txt", "size": 1}, {"attachments": [7]}),
        ({"filename": "a.txt", "size": 1}, {"attachments": [{"filename": "a.txt", "size": "1 B"}]}),
        ({"filename": "a.txt", "size": 1}, (400, {"error": "no"})),
    ],
)
def test_attachments_that_cannot_be_compared(payload: dict[str, Any], body: Any) -> None:
    known = evidence(payload, {"message_id": "1"})
    assert reason(find("upload_attachment", known, Scripted({"/attachments": [body]})))
