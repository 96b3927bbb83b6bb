"""The streams that trials mix: how each is routed, and what its records look like."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.rows import Row, Tap

MAILBOX: Final = "support@sandbox.example"
STATES: Final = ("opened", "pending", "closed")
PRIORITIES: Final = ("low", "high")
PUBLISHED: Final = "/published"
"""Ends the mark of an article that must be published, beside the one of the article."""
COUNT: Final = "count"
"""Ends the slot that says how often something is there; its value must be 1."""
_THINGS: Final = 4
"""So many things have the records of an upsert stream together, if they come in versions."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is in the sandbox before a trial begins.

    Attributes:
        knowledge_base: The id of a knowledge base.
        tickets: Numbers of tickets that others filed; messages and updates go to them.
        articles: Ids of articles that others wrote; edits go to them.
    """

    knowledge_base: str
    tickets: Sequence[int]
    articles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Seed:
    """What a record is made from.

    Attributes:
        number: Its number among the rows.
        mark: `<stream>-<number>`, or that of its honest twin.
        key: The value of its key.
        place: What is there already.
        rng: Decides the rest.
        has_versions: Whether several rows may be about one thing that the loader creates.
    """

    number: int
    mark: str
    key: str
    place: Place
    rng: random.Random
    has_versions: bool = True

    def thing(self, kind: str) -> str:
        """Name the thing that the row is about; no row's mark is the same."""
        number = self.rng.randrange(_THINGS) if self.has_versions else self.number
        return f"{kind}-{9000 + number % 1000:04d}"


Make = Callable[[Seed], Row]


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream.

    Attributes:
        name: Its name.
        route: Its route.
        make: Makes a row of it.
        keys: Its key.
        can_be_looked_up: Whether Groove can be asked what became of a send.
        named_by: What names the Groove object of a record; streams that name it by the same may
            be under way together.
    """

    name: str
    route: Mapping[str, Any]
    make: Make
    keys: Sequence[str] = ("id",)
    can_be_looked_up: bool = True
    named_by: str = ""


def _ticket(stream: str) -> Make:
    def make(seed: Seed) -> Row:
        content = {
            "subject": f"About {seed.mark}",
            "body": f"<p>It is {seed.mark} &amp; nothing else.</p>\n\nThanks",
            "from": f"jo{seed.number % 3}@acme.example",
        }
        key = {} if stream == "events" else {"id": seed.key}
        name = seed.key if key else seed.mark
        return Row(stream=stream, name=name, record={**key, **content}, marks=(seed.mark,))

    return make


def _message(seed: Seed) -> Row:
    content = {
        "id": seed.key,
        "ticket_number": seed.rng.choice(seed.place.tickets),
        "body": f"A word on {seed.mark}",
        "note": seed.rng.random() < 0.5,
    }
    about = f"ticket {content['ticket_number']}"
    return Row(stream="messages", name=seed.key, record=content, marks=(seed.mark,), about=about)


def _group(seed: Seed) -> Row:
    content = {"id": seed.key, "name": seed.mark, "description": "made by a trial"}
    return Row(stream="groups", name=seed.key, record=content, marks=(seed.mark,))


def _article(seed: Seed) -> Row:
    content = {
        "id": seed.key,
        "knowledge_base_id": seed.place.knowledge_base,
        "title": seed.mark,
        "body": f"<p>All about {seed.mark}</p>",
    }
    marks: tuple[str, ...] = (seed.mark,)
    if seed.rng.random() < 0.6:
        content["state"] = "published"
        marks = (seed.mark, seed.mark + PUBLISHED)
    return Row(stream="articles", name=seed.key, record=content, marks=marks)


def _update(seed: Seed) -> Row:
    number = seed.rng.choice(seed.place.tickets)
    state = seed.rng.choice(STATES)
    content = {"id": seed.key, "ticket_number": number, "state": state}
    about = f"ticket {number}"
    return Row(
        stream="updates", name=seed.key, record=content, sets={f"{about} state": state}, about=about
    )


def _edit(seed: Seed) -> Row:
    """One record's update of an object to which other records' updates go as well."""
    article = seed.rng.choice(seed.place.articles)
    values = _values(seed, "title", "body")
    content = {
        "id": seed.key,
        "knowledge_base_id": seed.place.knowledge_base,
        "article_id": article,
        **values,
    }
    return _setting("edits", seed.key, content, f"article {article}", values)


def _version(seed: Seed) -> Row:
    """One of several versions of a record: its key is the object."""
    email = f"jo{seed.rng.randrange(3)}@acme.example"
    values = _values(seed, "title", "location")
    content = {"email": email, **values}
    return _setting("versions", seed.mark, content, f"customer {email}", values)


def _put(seed: Seed) -> Row:
    thing = f"t{seed.rng.randrange(3)}"
    content = {"id": seed.key, "thing": thing, "word": seed.mark}
    about = f"thing {thing}"
    return Row(stream="puts", name=seed.key, record=content, sets={about: seed.mark}, about=about)


def _person(seed: Seed) -> Row:
    """A contact, over GraphQL, that several records are about; some of them have a company."""
    is_known = seed.rng.random() < 0.5
    email = f"{f'jo{seed.rng.randrange(3)}' if is_known else seed.thing('person')}@acme.example"
    values = _values(seed, "contact_first_name", "contact_last_name")
    content = {"id": seed.key, "contact_email": email, **values}
    about = f"contact {email}"
    slots = {COUNT: "1", **values}
    if seed.rng.random() < 0.4:
        content["company_domain"] = domain = f"{seed.thing('site')}.example"
        slots[f"at {domain}"] = "True"
    return _setting("people", seed.key, content, about, slots)


def _firm(seed: Seed) -> Row:
    """A company, over GraphQL, that several records are about."""
    domain = f"{seed.thing('firm')}.example"
    content = {"id": seed.key, "company_domain": domain, "company_name": seed.mark}
    slots = {COUNT: "1", "company_name": seed.mark}
    return _setting("firms", seed.key, content, f"company {domain}", slots)


def _issue(seed: Seed) -> Row:
    """One of several versions of a ticket; some say nothing of some attributes."""
    mark = seed.thing("issue")
    content = {
        "subject": f"About {mark}",
        "body": f"It is {mark}",
        "from": "jo0@acme.example",
    }
    every: dict[str, Any] = {
        "state": seed.rng.choice(STATES),
        "tags": [seed.mark],
        "priority": seed.rng.choice(PRIORITIES),
    }
    some = {name: value for name, value in every.items() if seed.rng.random() < 0.7}
    slots = {name: "".join(value) for name, value in some.items()}
    return _version_of("issues", seed, f"issue {mark}", {**content, **some}, slots)


def _page(seed: Seed) -> Row:
    """One of several versions of an article."""
    mark = seed.thing("page")
    content = {"knowledge_base_id": seed.place.knowledge_base, "title": mark}
    every = {"body": seed.mark, "state": seed.rng.choice(["published", "draft"])}
    some = {name: value for name, value in every.items() if seed.rng.random() < 0.7}
    return _version_of("pages", seed, f"page {mark}", {**content, **some}, some)


def _team(seed: Seed) -> Row:
    """One of several versions of a group."""
    mark = seed.thing("team")
    content = {"name": mark, "description": seed.mark}
    return _version_of("teams", seed, f"team {mark}", content, {"description": seed.mark})


def _base(seed: Seed) -> Row:
    """One of several versions of a knowledge base."""
    mark = seed.thing("base")
    content = {"subdomain": mark, "title": seed.mark}
    return _version_of("bases", seed, f"base {mark}", content, {"title": seed.mark})


def _version_of(
    stream: str, seed: Seed, about: str, content: Mapping[str, Any], slots: Mapping[str, str]
) -> Row:
    # The word, which is not sent, tells the versions apart in the dead letters.
    record = {"id": about.rpartition(" ")[2], "word": seed.mark, **content}
    return _setting(stream, seed.mark, record, about, {COUNT: "1", **slots})


def _values(seed: Seed, *names: str) -> dict[str, str]:
    """Some of the attributes, so that a later update makes an earlier one void, or does not."""
    some = seed.rng.choice([names, names, names[:1], names[1:]])
    return dict.fromkeys(some, seed.mark)


def _setting(
    stream: str, name: str, content: Mapping[str, Any], about: str, values: Mapping[str, str]
) -> Row:
    sets = {f"{about} {attribute}": value for attribute, value in values.items()}
    return Row(stream=stream, name=name, record=content, sets=sets, about=about)


def _hook(seed: Seed) -> Row:
    content = {
        "id": seed.key,
        "event": "ticket_started",
        "url": f"https://example.com/{seed.mark}",
    }
    return Row(stream="hooks", name=seed.key, record=content, marks=(seed.mark,))


def _packet(seed: Seed) -> Row:
    content = {"id": seed.key, "text": seed.mark}
    return Row(stream="packets", name=seed.key, record=content, marks=(seed.mark,))


_TO: Final = {"defaults": {"to": MAILBOX}}
_NO_WORD: Final = {"exclude": ["word", "id"]}
STREAMS: Final = {
    each.name: each
    for each in (
        Stream("tickets", {"endpoint": "create_ticket", **_TO}, _ticket("tickets")),
        Stream(
            "events",
            {"endpoint": "create_ticket", "load_method": "append-only", **_TO},
            _ticket("events"),
            keys=(),
        ),
        Stream("messages", {"endpoint": "create_message"}, _message, named_by="ticket_number"),
        Stream("groups", {"endpoint": "create_group"}, _group),
        Stream("articles", {"endpoint": "create_article"}, _article),
        Stream("updates", {"endpoint": "update_ticket_state"}, _update, named_by="ticket_number"),
        Stream("edits", {"endpoint": "update_article"}, _edit, named_by="article_id"),
        Stream(
            "versions",
            {"endpoint": "update_customer"},
            _version,
            keys=("email",),
            named_by="customer_email",
        ),
        Stream("people", {"endpoint": "upsert_contact"}, _person),
        Stream("firms", {"endpoint": "upsert_company"}, _firm),
        Stream("copies", {"endpoint": "upsert_ticket", **_TO}, _ticket("copies")),
        Stream("issues", {"endpoint": "upsert_ticket", **_TO, **_NO_WORD}, _issue),
        Stream("pages", {"endpoint": "upsert_article", **_NO_WORD}, _page),
        Stream("teams", {"endpoint": "upsert_group", **_NO_WORD}, _team),
        Stream("bases", {"endpoint": "upsert_knowledge_base", **_NO_WORD}, _base),
        Stream(
            "puts",
            {"endpoint": "custom", "method": "PUT", "url": "/echo/things/{thing}"},
            _put,
        ),
        Stream("hooks", {"endpoint": "create_webhook"}, _hook, can_be_looked_up=False),
        Stream(
            "packets",
            {
                "endpoint": "custom",
                "method": "POST",
                "url": "/echo/packets",
                "batch": {"grouping": "array", "size": 3},
            },
            _packet,
            can_be_looked_up=False,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """What an input consists of.

    Attributes:
        streams: Their names; in this order, or mixed.
        rows: How many rows there are in all.
        is_mixed: Whether the streams' rows come mixed.
        twins: How many rows have an honest twin: equal content, another key.
        invalid: How many rows cannot be delivered, in the middle.
        rows_per_state: After so many rows comes a STATE.
        has_versions: Whether several rows may be about one thing that the loader creates.
    """

    streams: tuple[str, ...] = ("tickets",)
    rows: int = 10
    is_mixed: bool = False
    twins: int = 1
    invalid: int = 0
    rows_per_state: int = 1
    has_versions: bool = True


def routes(names: Sequence[str]) -> list[dict[str, Any]]:
    """Give the setting `streams` for some streams."""
    return [{"stream": name, **STREAMS[name].route} for name in names]


def make_tap(mix: Mix, place: Place, rng: random.Random) -> Tap:
    """Make an input."""
    names = [mix.streams[number * len(mix.streams) // mix.rows] for number in range(mix.rows)]
    if mix.is_mixed:
        rng.shuffle(names)
    rows = [
        make_row(name, number, place, rng, has_versions=mix.has_versions)
        for number, name in enumerate(names)
    ]
    for _ in range(mix.twins):
        one = rng.choice(rows)
        rows.insert(rng.randrange(len(rows) + 1), _twin(one, len(rows)))
    for _ in range(mix.invalid):
        # A packet has no field that Groove needs.
        number = rng.choice([n for n, row in enumerate(rows) if row.stream != "packets"])
        rows[number] = _spoiled(rows[number])
    keys = {name: STREAMS[name].keys for name in mix.streams}
    return Tap(rows, keys, mix.rows_per_state)


def make_row(
    stream: str, number: int, place: Place, rng: random.Random, *, has_versions: bool = True
) -> Row:
    """Make a row of a stream; the number tells it from all others."""
    mark = f"{stream.removesuffix('s')}-{number:04d}"
    key = f"k{number:04d}"
    return STREAMS[stream].make(Seed(number, mark, key, place, rng, has_versions))


def changed(row: Row, version: int) -> Row:
    """Give a row another content under the same key."""
    text = {mark: f"{mark}v{version}" for mark in row.marks if not mark.endswith(PUBLISHED)}
    if not text or row.stream == "copies":
        # Nothing in Groove changes the text of a ticket.
        return row
    (old, new), *_ = text.items()
    content = {
        name: value.replace(old, new) if isinstance(value, str) and name != "id" else value
        for name, value in row.record.items()
    }
    marks = tuple(mark.replace(old, new) for mark in row.marks)
    return Row(stream=row.stream, name=row.name, record=content, marks=marks, about=row.about)


def _twin(row: Row, number: int) -> Row:
    """Make a row of equal content; without a key nothing at all tells the two apart.

    Where the key is that of the thing, it is the same version once more.
    """
    if "id" not in row.record or row.key in row.about:
        return row
    key = f"k{number:04d}"
    return Row(
        stream=row.stream,
        name=key,
        record={**row.record, "id": key},
        marks=row.marks,
        sets=row.sets,
        about=row.about,
    )


def _spoiled(row: Row) -> Row:
    """Take away what Groove needs; without any attribute but the key nothing can be sent."""
    rest = {name: value for name, value in row.record.items() if name == "id"}
    return Row(
        stream=row.stream,
        name=row.name,
        record={**rest, "spoiled": row.name},
        marks=row.marks,
        sets=row.sets,
        about=row.about,
        mended=row.record,
    )
