"""What is true, by the sandbox; what was promised, by the STATE lines; and whether they agree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from target_groove.sandbox import Sandbox
from tests.faults.rows import POSITION, Row, Tap, marks_of
from tests.faults.streams import COUNT, PUBLISHED, STREAMS

_MARK: Final = re.compile(
    r"\b(?:ticket|event|copie|message|group|article|hook|packet)-\d{4}(?:v\d+)*\b"
)


@dataclass(frozen=True, slots=True)
class World:
    """What is in Groove.

    Attributes:
        marks: How often each mark is there.
        values: What updates set, by slot: `ticket 7 state`, `article 3 title`.
    """

    marks: Counter[str] = field(default_factory=Counter)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aside:
    """Records that are named as not, or perhaps not, delivered.

    Attributes:
        letters: The records in the dead-letter file.
        held: The entries that the ledger lists as held.
        logs: Everything that was logged.
    """

    letters: Sequence[Mapping[str, Any]] = ()
    held: Sequence[Mapping[str, Any]] = ()
    logs: str = ""

    def names(self, row: Row) -> bool:
        """Whether a record is named in the dead-letter file or in the list of what is held."""
        return self.is_set_aside(row) or self.is_held(row)

    def marks(self, rows: Iterable[Row]) -> Counter[str]:
        """Count the marks of the named records; what has no key counts once a dead letter."""
        named = [row for row in rows if self.names(row)]
        counted = marks_of(named)
        for row in named:
            if row.name in row.marks:
                counted[row.name] = min(counted[row.name], len(self._letters_about(row)))
        return counted

    def is_set_aside(self, row: Row) -> bool:
        """Whether a record is in the dead-letter file."""
        return bool(self._letters_about(row))

    def is_in_doubt(self, row: Row) -> bool:
        """Whether a record is in the dead-letter file, and may be in Groove all the same."""
        return any(each["dead_letter"].get("in_doubt") for each in self._letters_about(row))

    def _letters_about(self, row: Row) -> list[Mapping[str, Any]]:
        return [
            letter
            for letter in self.letters
            if letter["stream"] == row.stream and row.name in json.dumps(letter["record"])
        ]

    def why_held(self, row: Row) -> str:
        """Say why, where Groove could have been asked."""
        known = STREAMS.get(row.stream)
        reasons = [each.get("held_because") for each in self.held if self._is_about(each, row)]
        return f" ({reasons[0]})" if known and known.can_be_looked_up and reasons else ""

    def is_held(self, row: Row) -> bool:
        """Whether the ledger lists a record as held."""
        return any(self._is_about(entry, row) for entry in self.held)

    def _is_about(self, entry: Mapping[str, Any], row: Row) -> bool:
        """Whether an entry of the ledger's list is about a record, as a person can tell.

        What has no key is told by its dead letter, which says what the ledger calls it.
        """
        if entry.get("stream") != row.stream:
            return False
        name = entry["record_key"]
        return row.is_named_in(json.dumps(entry)) or any(
            re.search(
                rf"\(the key there: (\S+ to )?{re.escape(name)}[) ]",
                letter["dead_letter"]["reason"],
            )
            for letter in self._letters_about(row)
        )

    def knows(self, entry: Mapping[str, Any], rows: Iterable[Row]) -> bool:
        """Whether an entry of the ledger's list is about one of some records."""
        return any(self._is_about(entry, row) for row in rows)


@dataclass(slots=True)
class Findings:
    """What is wrong, and what is right but worth counting.

    Attributes:
        lost: Marks that are missing, and how often.
        twice: Marks that are there too often, and how often.
        resent: Those that are there too often because `on_in_doubt: resend` asks for it.
        ahead: What a STATE acknowledged although it is not there.
        unnamed: Records that are held, and not named where they should be.
        disorder: Calls that came out of order, or while another of their object was under way.
        wrong: Everything else that is wrong, a sentence each.
        held: How many records are held or set aside in doubt, by stream.
        set_aside: How many records are set aside for another reason, by stream.
    """

    lost: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    resent: Counter[str] = field(default_factory=Counter)
    ahead: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    disorder: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)

    @property
    def sentences(self) -> list[str]:
        """All that is wrong."""
        return [
            *(f"lost: {mark} ({count})" for mark, count in self.lost.items()),
            *(f"twice: {mark} ({count} too many)" for mark, count in self.twice.items()),
            *(f"acknowledged and not there: {each}" for each in self.ahead),
            *(f"held and not named: {each}" for each in self.unnamed),
            *(f"out of order: {each}" for each in self.disorder),
            *self.wrong,
        ]

    @property
    def undecided(self) -> list[str]:
        """What is held although Groove was asked: no promise is broken, and it should be rare."""
        return [each for each in self.held if "look like it" in each or "ambiguous" in each]


def look(sandbox: Sandbox) -> World:
    """See what is in the sandbox."""
    marks: Counter[str] = Counter()
    marks.update(_found(each["title"] for each in sandbox.things("tickets")))
    bodies = (each["body"] for each in sandbox.things("messages"))
    # A ticket's first message bears the ticket's mark, which is counted already.
    marks.update(mark for mark in _found(bodies) if mark.startswith("message"))
    marks.update(_found(each["name"] for each in sandbox.things("groups")))
    marks.update(_found(each["url"] for each in sandbox.things("webhooks")))
    for article in sandbox.things("articles"):
        for mark in _found([article["title"]]):
            marks[mark] += 1
            marks[mark + PUBLISHED] += article["state"] == "published"
    echoed = [each for each in sandbox.log() if _is_echo(each)]
    marks.update(_found(each["raw"] for each in echoed))
    return World(+marks, _values(sandbox, echoed))


def _values(sandbox: Sandbox, echoed: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Give what updates set, by slot."""
    values: dict[str, Any] = {}
    tickets, articles = sandbox.things("tickets"), sandbox.things("articles")
    firms = {each["id"]: each["values"] for each in sandbox.things("companies")}
    people = [
        {
            **each["values"],
            **{f"at {firms[firm].get('company_domain')}": True for firm in each["companies"]},
        }
        for each in sandbox.things("contacts")
    ]
    counts: Counter[str] = Counter()
    for kind, about, things, names in (
        ("ticket", "number", tickets, ["state"]),
        ("customer", "email", sandbox.things("customers"), ["title", "location"]),
        ("article", "id", articles, ["title", "body"]),
        ("contact", "contact_email", people, []),
        ("company", "company_domain", firms.values(), ["company_name"]),
        ("issue", "title", tickets, ["state", "tags", "priority"]),
        ("page", "title", articles, ["body", "state"]),
        ("team", "name", sandbox.things("groups"), ["description"]),
        ("base", "subdomain", sandbox.things("knowledge_bases"), ["title"]),
    ):
        for thing in things:
            slot = f"{kind} {str(thing.get(about)).removeprefix('About ')}"
            counts[f"{slot} {COUNT}"] += 1
            values |= {f"{slot} {name}": _text(thing.get(name)) for name in names or thing}
    values |= {slot: str(count) for slot, count in counts.items()}
    for each in echoed:
        if each["method"] == "PUT":
            values[f"thing {each['path'].rpartition('/')[2]}"] = each["body"]["word"]
    return values


def titles(sandbox: Sandbox) -> dict[str, str]:
    """Give the issues that the loader filed, by ticket number."""
    found = {str(each["number"]): str(each["title"]) for each in sandbox.things("tickets")}
    return {
        number: title.replace("About issue", "issue issue")
        for number, title in found.items()
        if title.startswith("About issue")
    }


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)


def _is_echo(entry: Mapping[str, Any]) -> bool:
    return bool(entry["done"]) and entry["path"].startswith("/v1/echo/")


def _found(texts: Iterable[str | None]) -> Iterable[str]:
    for text in texts:
        yield from _MARK.findall(text or "")


def position_of(stdout: bytes) -> int | None:
    """Read what the last STATE line acknowledges; a line that was cut off is none.

    Raises:
        ValueError: There is something else on stdout.
    """
    *lines, _ = stdout.split(b"\n")
    positions = [json.loads(line)[POSITION] for line in lines]
    if positions != sorted(positions):
        msg = f"STATE went back: {positions}"
        raise ValueError(msg)
    return positions[-1] if positions else None


def check_acknowledged(
    findings: Findings, tap: Tap, position: int, before: World, now: World, aside: Aside
) -> None:
    """Check that every row before a position is there, or set aside."""
    settled = [row for row in tap.rows[:position] if not aside.names(row)]
    for mark, count in (marks_of(settled) + _of(before, settled)).items():
        if now.marks[mark] < count:
            findings.ahead.append(f"{mark} ({now.marks[mark]} of {count})")
    for slot, reached in _reachable(tap.rows, position, aside).items():
        if now.values.get(slot) not in reached:
            findings.ahead.append(f"{slot} is {now.values.get(slot)}, not {reached}")


def check_end(findings: Findings, tap: Tap, before: World, now: World, aside: Aside) -> None:
    """Check what the last run left: every row is there once, or named as not there."""
    expected = marks_of(tap.rows) + before.marks
    named = aside.marks(tap.rows)
    for mark in expected.keys() | now.marks.keys() | tap.superseded.keys():
        there = now.marks[mark]
        findings.lost[mark] += max(0, expected[mark] - named[mark] - there)
        findings.twice[mark] += max(0, there - expected[mark] - tap.superseded[mark])
    findings.lost, findings.twice = +findings.lost, +findings.twice
    doubled = {
        slot: int(now.values.get(slot) or 0) - 1
        for row in tap.rows
        for slot in row.sets
        if slot.endswith(COUNT)
    }
    findings.twice.update({slot: more for slot, more in doubled.items() if more > 0})
    for slot, reached in _reachable(tap.rows, len(tap.rows), aside).items():
        if now.values.get(slot) not in reached and doubled.get(slot, 0) <= 0:
            findings.lost[f"{slot} is {now.values.get(slot)}, not {reached}"] += 1
    _check_names(findings, tap, aside)


def _check_names(findings: Findings, tap: Tap, aside: Aside) -> None:
    for row in tap.rows:
        # What is not named by its key stands in the log by its line, and whole in the dead letters.
        has_key = "id" in row.record
        if has_key and aside.names(row) and not row.is_named_in(aside.logs):
            findings.unnamed.append(f"{row.stream} {row.name} stands in no log")
        if aside.is_held(row) or aside.is_in_doubt(row):
            findings.held[f"{row.stream}{aside.why_held(row)}"] += 1
        elif aside.is_set_aside(row):
            findings.set_aside[row.stream] += 1
    known = {row.stream for row in tap.rows}
    for entry in aside.held:
        if entry.get("stream") not in known:
            findings.unnamed.append(f"the ledger lists {entry}")
        elif not aside.knows(entry, tap.rows):
            findings.unnamed.append(f"the ledger lists {entry}, by which no record can be known")


def _of(world: World, rows: Iterable[Row]) -> Counter[str]:
    """Count of what was there before what the rows' marks are about."""
    wanted = {mark for row in rows for mark in row.marks}
    return Counter({mark: count for mark, count in world.marks.items() if mark in wanted})


def _reachable(rows: Sequence[Row], position: int, aside: Aside) -> dict[str, list[str]]:
    """For each slot that the rows before a position set: the values that it may have now.

    That of the last such row, or of any row behind it; before the one, if it was set aside.
    """
    reached: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        is_there = number < position and not aside.names(row)
        for slot, value in row.sets.items():
            if is_there:
                reached[slot] = [value]
            elif slot in reached:
                reached[slot].append(value)
    return reached
