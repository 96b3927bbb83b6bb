"""The statements that runs use, by name, and the names that they need of the tables.

What the statements say stands in `statements.py` and `dialects.py`. For SQLite they are compiled
beforehand, into `sqlite.json`: SQLAlchemy takes longer to import than all else that a run imports
beside the SDK. A test compares; `make tables` writes the file anew.
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 5
"""Of the tables; `migrations.py` brings older ledgers here."""
LONGEST_KEY: Final = 500
"""Characters; an index entry of PostgreSQL holds no more than about 2,700 bytes."""
LONGEST_REQUEST: Final = 120.0
"""Seconds."""
ABOUT_TABLE: Final = "target_groove_ledger"
RUNS_TABLE: Final = "target_groove_runs"

ADD_SCOPE: Final = "ADD_SCOPE"
CLAIM: Final = "CLAIM"
READ: Final = "READ"
KNOWN_RECORDS: Final = "KNOWN_RECORDS"
FIND_SCOPE: Final = "FIND_SCOPE"
LEAVES: Final = "LEAVES"
CAME_BACK: Final = "CAME_BACK"
CALL_DONE: Final = "CALL_DONE"
DELIVERED: Final = "DELIVERED"
DELIVERED_ONCE: Final = "DELIVERED_ONCE"
REMEMBER_RECORD: Final = "REMEMBER_RECORD"
HOLD: Final = "HOLD"
RELEASE: Final = "RELEASE"
RELEASE_UNSURE: Final = "RELEASE_UNSURE"
ACKNOWLEDGE: Final = "ACKNOWLEDGE"
ACKNOWLEDGE_NOT_DELIVERED: Final = "ACKNOWLEDGE_NOT_DELIVERED"
FORGET_OLD: Final = "FORGET_OLD"
ACKNOWLEDGE_HELD: Final = "ACKNOWLEDGE_HELD"
FORGET_EMPTY: Final = "FORGET_EMPTY"
UNSENT: Final = "UNSENT"
ACKNOWLEDGE_ALL: Final = "ACKNOWLEDGE_ALL"
LOOSEN: Final = "LOOSEN"
DISTRUST: Final = "DISTRUST"
UNACKNOWLEDGED: Final = "UNACKNOWLEDGED"
ACKNOWLEDGING: Final = "ACKNOWLEDGING"
TAKE_OVER: Final = "TAKE_OVER"
LEFT_BEHIND: Final = "LEFT_BEHIND"
IS_RECORDED: Final = "IS_RECORDED"
NEWEST_ID: Final = "NEWEST_ID"
RUN: Final = "RUN"
UNUSED_RUNS: Final = "UNUSED_RUNS"
REMOVE_RUN: Final = "REMOVE_RUN"
BOOT_OF_RUN: Final = "BOOT_OF_RUN"
TAKE_TURNS: Final = "TAKE_TURNS"
FORGET_SLOTS: Final = "FORGET_SLOTS"
UNDER_WAY: Final = "UNDER_WAY"
END_OF_RUN: Final = "END_OF_RUN"
COUNT_SLOTS: Final = "COUNT_SLOTS"
DECIDING_SLOT: Final = "DECIDING_SLOT"
BEGIN_SLOT: Final = "BEGIN_SLOT"
END_SLOT: Final = "END_SLOT"
ADD_ANSWER: Final = "ADD_ANSWER"
FORGET_ANSWER: Final = "FORGET_ANSWER"
RUNS_WITH_ANSWERS: Final = "RUNS_WITH_ANSWERS"
TAKE_OVER_ANSWERS: Final = "TAKE_OVER_ANSWERS"
ANSWERS: Final = "ANSWERS"
RENAME_ANSWERS: Final = "RENAME_ANSWERS"
FORGET_ANSWERS: Final = "FORGET_ANSWERS"

STATEMENTS: Final = (
    ADD_SCOPE,
    CLAIM,
    READ,
    KNOWN_RECORDS,
    FIND_SCOPE,
    LEAVES,
    CAME_BACK,
    CALL_DONE,
    DELIVERED,
    DELIVERED_ONCE,
    REMEMBER_RECORD,
    HOLD,
    RELEASE,
    RELEASE_UNSURE,
    ACKNOWLEDGE,
    ACKNOWLEDGE_NOT_DELIVERED,
    FORGET_OLD,
    ACKNOWLEDGE_HELD,
    FORGET_EMPTY,
    UNSENT,
    ACKNOWLEDGE_ALL,
    LOOSEN,
    DISTRUST,
    UNACKNOWLEDGED,
    ACKNOWLEDGING,
    TAKE_OVER,
    LEFT_BEHIND,
    IS_RECORDED,
    NEWEST_ID,
    RUN,
    UNUSED_RUNS,
    REMOVE_RUN,
    BOOT_OF_RUN,
    TAKE_TURNS,
    FORGET_SLOTS,
    UNDER_WAY,
    END_OF_RUN,
    COUNT_SLOTS,
    DECIDING_SLOT,
    BEGIN_SLOT,
    END_SLOT,
    ADD_ANSWER,
    FORGET_ANSWER,
    RUNS_WITH_ANSWERS,
    TAKE_OVER_ANSWERS,
    ANSWERS,
    RENAME_ANSWERS,
    FORGET_ANSWERS,
)
