"""Values that only Groove knows: looked up once a run, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.look_up import PER_PAGE, LookUpFailed, NameBook
from target_groove.delivery.outcome import Verdict
from target_groove.delivery.request import Delivery, LookUp
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run
    from tests.delivery.conftest import Desk

ADA = "ada@sandbox.example"


def agent_id(sandbox: Sandbox, address: str = ADA) -> str:
    agents = sandbox.things("agents")
    (found,) = [each for each in agents if each["email"] == address]
    return str(found.get("id") or found["href"].rpartition("/")[2])


def paths(sandbox: Sandbox) -> list[str]:
    return [entry["path"] for entry in sandbox.log()]


def with_look_up(desk: Desk, object_id: str, collection: str = "agents") -> Delivery:
    payload = {"assignee": LookUp(collection, object_id, "email"), "id": 1}
    return Delivery((desk.request(payload=payload),))


def test_a_value_is_looked_up_once(desk: Desk, sandbox: Sandbox) -> None:
    group = sandbox.things("groups")[0]
    engine = desk.engine()
    payload = {"group": LookUp("groups", group["id"], "name")}

    for _ in range(3):
        engine.deliver(Delivery((desk.request(payload=payload),)))

    assert paths(sandbox) == ["/v1/groups", *["/v1/echo/x"] * 3]
    assert sandbox.log()[1]["body"] == {"group": group["name"]}
    assert engine.requests_sent == 4


def test_what_is_not_there(desk: Desk, sandbox: Sandbox) -> None:
    outcome = desk.engine().deliver(with_look_up(desk, "0", "mailboxes"))

    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason == "assignee: none of Groove's mailboxes has the id 0"
    assert paths(sandbox) == ["/v1/mailboxes"]


FAILURES = {
    "the token is refused": (401, Verdict.UNAUTHORIZED, 1),
    "there is no such list": (404, Verdict.REJECTED, 1),
    "it fails every time": (500, Verdict.REJECTED, 3),
    "Groove is away": (503, Verdict.UNAVAILABLE, 3),
}


@pytest.mark.parametrize("status, verdict, attempts", FAILURES.values(), ids=FAILURES)
def test_the_look_up_fails(
    desk: Desk, sandbox: Sandbox, status: int, verdict: Verdict, attempts: int
) -> None:
    desk.settings["max_attempts"] = 3
    sandbox.faults([{"action": "status", "status": status}])

    outcome = desk.engine().deliver(with_look_up(desk, "1"))

    assert outcome.verdict is verdict
    assert outcome.reason == (
        f"the look-up of /agents failed: Groove answered {status}: injected fault"
    )
    assert paths(sandbox) == ["/v1/agents"] * attempts


@pytest.mark.parametrize("status, asked", [(404, 1), (401, 1), (503, 3)])
def test_a_refused_look_up_is_not_asked_again(
    desk: Desk, sandbox: Sandbox, status: int, asked: int
) -> None:
    desk.settings["max_attempts"] = 1
    sandbox.faults([{"action": "status", "status": status}])
    engine = desk.engine()

    outcomes = [engine.deliver(with_look_up(desk, each)) for each in ("1", "2", "3")]

    assert len({outcome.reason for outcome in outcomes}) == 1
    assert len({outcome.verdict for outcome in outcomes}) == 1
    assert paths(sandbox) == ["/v1/agents"] * asked


def test_a_look_up_is_tried_again(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "reset_before", "at": [1]}])
    payload = {"group": LookUp("groups", sandbox.things("groups")[0]["id"], "name")}

    outcome = desk.engine().deliver(Delivery((desk.request(payload=payload),)))

    assert outcome.verdict is Verdict.DELIVERED
    assert paths(sandbox) == ["/v1/groups", "/v1/groups", "/v1/echo/x"]


def test_an_answer_that_is_no_list(desk: Desk, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "malformed", "body_text": "[]"}])

    outcome = desk.engine().deliver(with_look_up(desk, "1"))

    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason == "the look-up of /agents failed: the answer is no list"


def test_a_record_names_an_agent_by_id(run: Run, sandbox: Sandbox) -> None:
    ticket = {"body": "b", "from": "jo@acme.example", "to": "support@sandbox.example"}
    created = run({}, [schema("create_ticket"), record("create_ticket", ticket)])
    assert created.exit_code == 0
    number = sandbox.things("tickets")[0]["number"]
    row = {"ticket_number": number, "agent_id": agent_id(sandbox)}

    result = run(
        {},
        [schema("update_ticket_assignee"), record("update_ticket_assignee", row), state(1)],
    )

    assert result.states == [1]
    assert sandbox.log()[-1]["body"] == {"assignee": ADA}


class _Pages:
    """Answers look-ups from a list of bodies; what NameBook asks of Groove."""

    def __init__(self, *bodies: Any) -> None:
        self.bodies = list(bodies)
        self.asked: list[str] = []

    def __call__(self, path: str) -> Any:
        self.asked.append(path)
        return self.bodies.pop(0)


def page(*items: Any, total: Any = None) -> dict[str, Any]:
    body: dict[str, Any] = {"agents": [*items]}
    return body if total is None else {**body, "meta": {"pagination": {"total_pages": total}}}


def test_page_by_page() -> None:
    pages = _Pages(
        page({"id": "1", "email": "a"}, total=3),
        page({"id": 2, "email": "b"}, total=3),
        page({"href": "https://x/v1/agents/3/", "email": "c"}, total=3),
    )
    book = NameBook(pages)

    assert [book.find("agents", each, "email") for each in ("3", "2", "1", "4")] == [
        "c",
        "b",
        "a",
        None,
    ]
    assert pages.asked == [f"/agents?page={each}&per_page={PER_PAGE}" for each in (1, 2, 3)]


def test_knowledge_bases_have_another_path() -> None:
    pages = _Pages({"knowledge_bases": [{"id": "1", "title": "Help"}]})

    assert NameBook(pages).find("knowledge_bases", "1", "title") == "Help"
    assert pages.asked == [f"/kb?page=1&per_page={PER_PAGE}"]


ODD_PAGES = {
    "no list": {"agents": {"id": 1}},
    "null": {"agents": None},
    "another list": {"groups": [{"id": "1", "email": "a"}]},
    "an empty page": page(total=10**9),
    "items that are none": page(None, 5, "x", [1], total=1),
    "an item without what is wanted": page({"id": "1"}),
    "an item whose value is no text": page({"id": "1", "email": {"a": 1}}),
    "an odd number of pages": page({"id": "2"}, total="many"),
    "an odd meta": {"agents": [{"id": "2"}], "meta": []},
    "an odd pagination": {"agents": [{"id": "2"}], "meta": {"pagination": 1}},
}


@pytest.mark.parametrize("body", ODD_PAGES.values(), ids=ODD_PAGES)
def test_an_odd_page_has_nobody(body: Any) -> None:
    pages = _Pages(body)

    assert NameBook(pages).find("agents", "1", "email") is None
    assert len(pages.asked) == 1


@pytest.mark.parametrize("body", [None, [], "x"])
def test_no_page_at_all(body: Any) -> None:
    with pytest.raises(LookUpFailed) as caught:
        NameBook(_Pages(body)).find("agents", "1", "email")

    assert caught.value.outcome.verdict is Verdict.UNAVAILABLE
