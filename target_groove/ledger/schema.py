"""The ledger's tables, with the version that a file or database of them carries.

Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from target_groove.ledger.known import ABOUT_TABLE, LONGEST_KEY, RUNS_TABLE

metadata: Final = MetaData()

about: Final = Table(
    ABOUT_TABLE,
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What the ledger says of itself: `version`, and `writes`, which grows with each transaction."""

scopes: Final = Table(
    "target_groove_scopes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(400), nullable=False),
    Column("namespace", String(200), nullable=False),
    Column("stream", String(400), nullable=False),
    Column("endpoint", String(100), nullable=False),
    UniqueConstraint("account", "namespace", "stream", "endpoint"),
)
"""Where record keys are told apart."""

runs: Final = Table(
    RUNS_TABLE,
    metadata,
    Column("id", Integer, primary_key=True),
    Column("host", String(400), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("boot", String(64), nullable=False),
    Column("began_at", Float, nullable=False),
    sqlite_autoincrement=True,
)
"""Processes that use the ledger, or died while they did. Ids are never used again."""

entries: Final = Table(
    "target_groove_entries",
    metadata,
    Column("scope_id", ForeignKey(scopes.c.id), primary_key=True, autoincrement=False),
    Column("record_key", String(LONGEST_KEY), primary_key=True),
    # What was last delivered; all of them null if nothing ever was.
    Column("content_hash", String(32)),
    Column("resource_id", String(400)),
    Column("delivered_at", Float),
    Column("calls", Text),
    # The send that has begun and not ended; `run_id` is null when no run has it in hand.
    Column("run_id", ForeignKey(runs.c.id)),
    Column("send_hash", String(32)),
    Column("begun_at", Float),
    Column("left_at", Float),
    Column("newest_number", Integer),
    Column("held_because", Text),
    Column("evidence", Text),
    # Of the things of templates that compare field by field; null of all others.
    Column("fields", Text),
    Column("record_hash", String(32)),
)
"""One thing in Groove: what was delivered of it, and the send that is under way.

`calls` are the digests of calls that went through, a JSON list: of a delivery that stopped half
way, or of one that makes several things, such as a webhook for each of several events. `left_at` is
set before a request leaves that may not be repeated, `newest_number` is the highest ticket number
known then. `held_because` is set when nobody but a person can tell what became of the send.
`evidence` is what a look-up needs to know of the requests; it is there only while the send is.
`fields` are digests by field, a JSON object, of what Groove has for certain: a field is missing
from the moment in which a call leaves that changes it until that call is known to have ended.
`record_hash` is the digest of a record, of the settings of its route and of the `content_hash` that
both gave; so it says nothing any more once `content_hash` is another. Whoever brings the same
record again need not make its payload to know that nothing has changed.
"""

Index(
    "target_groove_entries_in_hand",
    entries.c.run_id,
    sqlite_where=entries.c.run_id.is_not(None),
    postgresql_where=entries.c.run_id.is_not(None),
)
Index(
    "target_groove_entries_held",
    entries.c.scope_id,
    sqlite_where=entries.c.held_because.is_not(None),
    postgresql_where=entries.c.held_because.is_not(None),
)

Index(
    "target_groove_entries_resource",
    entries.c.resource_id,
    sqlite_where=entries.c.resource_id.is_not(None),
    postgresql_where=entries.c.resource_id.is_not(None),
)

Index(
    "target_groove_entries_newest",
    entries.c.scope_id,
    func.length(entries.c.resource_id).desc(),
    entries.c.resource_id.desc(),
    sqlite_where=entries.c.resource_id.is_not(None),
    postgresql_where=entries.c.resource_id.is_not(None),
)
"""The highest number of a scope is asked for by each run that creates tickets."""

request_slots: Final = Table(
    "target_groove_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account", String(400), nullable=False, index=True),
    Column("run_id", Integer, nullable=False),
    Column("begun_at", Float, nullable=False),
    Column("ended_at", Float),
)
"""Requests of the last minute, by which processes share the limit."""

Index("target_groove_requests_ended", request_slots.c.account, request_slots.c.ended_at)

answers: Final = Table(
    "target_groove_answers",
    metadata,
    Column("answer_id", String(40), primary_key=True),
    Column("destination", String(100), primary_key=True),
    Column("account", String(400), nullable=False),
    Column("namespace", String(200), nullable=False),
    Column("run_id", Integer, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("written", Text, nullable=False),
)
"""Answers of Groove's on their way to a destination; a row goes when the answer has arrived there.

`place` gives their order, `run_id` is the run that brings them there, `written` is the answer as
it is told, in JSON.
"""

Index(
    "target_groove_answers_waiting",
    answers.c.destination,
    answers.c.run_id,
    answers.c.place,
    answers.c.answer_id,
)
"""A write of Spark leaves all its answers to the driver, which reads them in pieces, in order."""
