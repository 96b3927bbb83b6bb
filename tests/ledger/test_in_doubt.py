"""A create whose outcome nobody told: it is looked up, and never sent blindly again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.engine import Engine
from tests.ledger.desk import DEAD_LETTER, TICKET, bodies, dead_letters, looked_up, post, upserting
from tests.runs import record, records, schema, state

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

CREATES: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None]] = {
    "create_ticket": ("tickets", TICKET, None),
    "create_message": ("messages", {"body": "A note", "note": True}, None),
    "create_article": ("articles", {"title": "A"}, {"title": "B"}),
    "create_group": ("groups", {"name": "G"}, {"name": "H"}),
    "create_category": ("categories", {"title": "C"}, None),
    "create_widget": ("widgets", {"name": "W"}, {"name": "V"}),
    "create_knowledge_base": ("knowledge_bases", {"title": "K"}, {"title": "L"}),
}
each_create = pytest.mark.parametrize("endpoint", CREATES)
LOST = {"method": "POST", "times": 1, "action": "reset_before"}
ANSWER_LOST = {"method": "POST", "times": 1, "action": "reset_after"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were not made."""
    made: list[float] = []
    monkeypatch.setattr(Engine, "pause", lambda _self, seconds: made.append(seconds))
    return made


@pytest.fixture
def deliver(run: Run, ledger_url: str) -> Run:
    """Runs with each kind of ledger."""
    return upserting(run, ledger_url=ledger_url, **DEAD_LETTER)


@pytest.fixture
def upsert(run: Run) -> Run:
    """Runs with a ledger in a file."""
    return upserting(run, **DEAD_LETTER)


class Case:
    """A create, with what it needs in the sandbox."""

    def __init__(self, endpoint: str, sandbox: Sandbox) -> None:
        self.kind, row, self.change = CREATES[endpoint]
        self.sandbox = sandbox
        places: dict[str, Any] = {
            "create_article": {"knowledge_base_id": sandbox.things("knowledge_bases")[0]["id"]},
        }
        places["create_category"] = places["create_article"]
        if endpoint == "create_message":
            number = post(sandbox, "/tickets", TICKET)["ticket"]["number"]
            places[endpoint] = {"ticket_number": number}
        self.endpoint = endpoint
        self.row = {"key": 1, **row, **places.get(endpoint, {})}
        self.before = len(sandbox.things(self.kind))
        self.calls = len(sandbox.log())

    def messages(self, **change: Any) -> list[Any]:
        return records(self.endpoint, {**self.row, **change}, keys=["key"])

    @property
    def made(self) -> int:
        """How many of the kind were made."""
        return len(self.sandbox.things(self.kind)) - self.before

    @property
    def sends(self) -> int:
        """How many creates left."""
        posts = (each for each in self.sandbox.log()[self.calls :] if each["method"] == "POST")
        return len(list(posts))


WITHOUT_KEY = {"exclude_attributes": ["key"]}


# The answer is lost


@each_create
def test_a_create_whose_answer_is_lost_is_found(
    deliver: Run, sandbox: Sandbox, endpoint: str
) -> None:
    case = Case(endpoint, sandbox)
    sandbox.faults([ANSWER_LOST])
    result = deliver(WITHOUT_KEY, case.messages())
    assert "1 delivered, 0 rejected" in result.log
    assert (case.made, case.sends) == (1, 1)
    assert "1 unchanged, 0 requests" in deliver(WITHOUT_KEY, case.messages()).log


@pytest.mark.parametrize("endpoint", [name for name, each in CREATES.items() if each[2]])
def test_the_id_that_a_look_up_finds_is_remembered(
    deliver: Run, sandbox: Sandbox, endpoint: str
) -> None:
    case = Case(endpoint, sandbox)
    sandbox.faults([ANSWER_LOST])
    deliver(WITHOUT_KEY, case.messages())
    thing = sandbox.things(case.kind)[-1]
    deliver(WITHOUT_KEY, case.messages(**(case.change or {})))
    last = sandbox.log()[-1]
    assert (last["method"], last["path"].rpartition("/")[2]) == ("PUT", str(thing["id"]))
    assert case.made == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_after_the_create_is_looked_up(
    upsert: Run, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults([{**ANSWER_LOST, "action": "status_after", "status": status}])
    result = upsert({}, records("create_ticket", TICKET, keys=["id"]))
    assert result.exit_code == 0
    assert len(sandbox.things("tickets")) == len(bodies(sandbox)) == 1


@pytest.mark.parametrize("action", ["malformed", "hang_after"])
def test_an_answer_that_does_not_come_or_cannot_be_read(
    upsert: Run, sandbox: Sandbox, action: str
) -> None:
    sandbox.faults([{**ANSWER_LOST, "action": action, "seconds": 3}])
    settings = {"request_timeout_seconds": 1}
    result = upsert(settings, records("create_ticket", TICKET, keys=["id"]))
    assert result.exit_code == 0
    assert len(sandbox.things("tickets")) == len(bodies(sandbox)) == 1


def test_an_article_is_found_and_then_published(deliver: Run, sandbox: Sandbox) -> None:
    case = Case("create_article", sandbox)
    sandbox.faults([ANSWER_LOST])
    deliver(WITHOUT_KEY, case.messages(state="published"))
    assert [each["state"] for each in sandbox.things("articles")] == ["published"]
    assert case.sends == 1


# The request is lost


@each_create
def test_a_create_that_is_not_there_is_sent_again(
    deliver: Run, sandbox: Sandbox, endpoint: str, pauses: list[float]
) -> None:
    case = Case(endpoint, sandbox)
    sandbox.faults([LOST])
    assert "1 delivered, 0 rejected" in deliver(WITHOUT_KEY, case.messages()).log
    assert (case.made, case.sends) == (1, 2)
    assert pauses[0] == pytest.approx(2.0), "it may still be on its way in Groove"
    assert "1 unchanged, 0 requests" in deliver(WITHOUT_KEY, case.messages()).log


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_before_the_create_is_sent_again(
    upsert: Run, sandbox: Sandbox, status: int
) -> None:
    sandbox.faults([{"method": "POST", "times": 2, "action": "status", "status": status}])
    result = upsert({}, records("create_ticket", TICKET, keys=["id"]))
    assert result.exit_code == 0
    assert len(sandbox.things("tickets")) == 1
    assert len(bodies(sandbox)) == 3


@pytest.mark.parametrize(
    "status,exit_code,words", [(500, 0, "Set aside"), (502, 1, "given up after 3 attempt(s)")]
)
def test_a_failure_at_every_attempt(
    upsert: Run, sandbox: Sandbox, status: int, exit_code: int, words: str
) -> None:
    sandbox.faults([{"method": "POST", "action": "status", "status": status}])
    rows = records("create_ticket", TICKET, keys=["id"])
    result = upsert({"max_attempts": 3}, rows)
    assert (result.exit_code, len(bodies(sandbox))) == (exit_code, 3)
    assert words in "\n".join([*result.problems, *result.warnings])
    sandbox.faults([])
    assert "1 delivered, 0 rejected, 1 request" in upsert({}, rows).log


def test_lost_once_and_then_its_answer(upsert: Run, sandbox: Sandbox) -> None:
    sandbox.faults([{**LOST, "at": [1]}, {**ANSWER_LOST, "at": [2]}])
    assert upsert({}, records("create_ticket", TICKET, keys=["id"])).exit_code == 0
    assert len(sandbox.things("tickets")) == 1
    assert len(bodies(sandbox)) == 2


# Equal things


@pytest.mark.parametrize("fault", [LOST, ANSWER_LOST])
def test_an_equal_ticket_of_our_own_is_not_taken_for_it(
    deliver: Run, sandbox: Sandbox, fault: dict[str, Any]
) -> None:
    """Two honest records with the same text are two tickets, whichever is in doubt."""
    for at in ([1], [2]):
        before = len(sandbox.things("tickets"))
        sandbox.faults([{**fault, "at": at}])
        ids = ({**TICKET, "id": f"{at}{number}"} for number in (1, 2))
        assert "2 delivered" in deliver({}, records("create_ticket", *ids, keys=["id"])).log
        assert len(sandbox.things("tickets")) == before + 2


@each_create
@pytest.mark.parametrize("fault", [LOST, ANSWER_LOST])
def test_an_equal_thing_of_our_own_is_not_taken_for_it(
    upsert: Run, sandbox: Sandbox, endpoint: str, fault: dict[str, Any]
) -> None:
    case = Case(endpoint, sandbox)
    upsert(WITHOUT_KEY, case.messages())
    sandbox.faults([fault])
    assert "1 delivered" in upsert(WITHOUT_KEY, case.messages(key=2)).log
    assert case.made == 2


@pytest.fixture
def _one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is sent is sent in one second, which is as fine as Groove's dates are."""
    moment = float(int(time.time()))
    monkeypatch.setattr(Engine, "now", lambda _self: moment)


@pytest.mark.usefixtures("_one_second")
@pytest.mark.parametrize("endpoint", ["create_message", "create_article", "create_category"])
def test_an_equal_thing_that_was_acknowledged_is_not_taken_for_it(
    upsert: Run, sandbox: Sandbox, endpoint: str
) -> None:
    """Without a key nothing but the id in the ledger tells it from ours, if it is as young."""
    case = Case(endpoint, sandbox)
    row = record(endpoint, case.row)
    sandbox.faults([{**LOST, "at": [2]}])
    settings = {**WITHOUT_KEY, "load_method": "append-only"}
    upsert(settings, [schema(endpoint), row, state({"seen": 1}), row, state({"seen": 2})])
    assert case.made == 2


@pytest.mark.usefixtures("_one_second")
def test_an_equal_ticket_of_the_run_before_is_not_taken_for_it(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{**LOST, "at": [2]}])
    for number in (1, 2):
        messages = [*records("create_ticket", TICKET), state({"seen": number})]
        upsert({"load_method": "append-only"}, messages)
    assert len(sandbox.things("tickets")) == 2


@pytest.mark.usefixtures("_one_second")
@pytest.mark.xfail(strict=True, reason="a limit, see docs/promises/never-twice.md")
def test_an_equal_ticket_of_another_namespace_is_not_taken_for_it(
    upsert: Run, sandbox: Sandbox
) -> None:
    sandbox.faults([{**LOST, "at": [2]}])
    for name in ("one", "two"):
        upsert({"ledger_namespace": name}, records("create_ticket", TICKET, keys=["id"]))
    assert len(sandbox.things("tickets")) == 2


# on_in_doubt


@pytest.mark.parametrize(
    "rule,fault,made,counts",
    [
        ("resend", ANSWER_LOST, 2, "1 delivered, 0 rejected"),
        ("resend", LOST, 1, "1 delivered, 0 rejected"),
        ("hold", ANSWER_LOST, 1, "0 delivered, 1 rejected"),
        ("hold", LOST, 0, "0 delivered, 1 rejected"),
    ],
)
def test_a_rule_that_asks_nobody(
    upsert: Run, sandbox: Sandbox, rule: str, fault: dict[str, Any], made: int, counts: str
) -> None:
    sandbox.faults([fault])
    result = upsert({"on_in_doubt": rule}, records("create_ticket", TICKET, keys=["id"]))
    assert counts in result.log
    assert len(sandbox.things("tickets")) == made
    assert looked_up(sandbox) == []
    assert [each["in_doubt"] for each in dead_letters(upsert)] == [True] * (rule == "hold")
