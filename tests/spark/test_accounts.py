"""Rows of many accounts in one frame: each goes to its own, with its own token and limit."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

from tests.conftest import TOKEN
from tests.spark.door import TICKETS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tests.spark.door import Door

ACCOUNTS: Final = 50
EACH: Final = 3
WITHOUT: Final = f"account-{ACCOUNTS}"


def tokens(door: Door) -> dict[str, str]:
    """Give each account a token, and have the sandbox take it."""
    found = {f"account-{number}": f"token-of-{number}" for number in range(ACCOUNTS)}
    door.sandbox.configure(more_tokens=",".join(found.values()))
    return found


def orders(door: Door) -> DataFrame:
    """Make orders of all accounts: their numbers are those of other accounts, too."""
    rows = (ACCOUNTS + 1) * EACH
    return door.tickets(0, rows).selectExpr(
        f"order_id div {ACCOUNTS + 1} order_id",
        f"concat('account-', order_id % {ACCOUNTS + 1}) shop",
        "`from`",
        "`to`",
        f"concat('for ', order_id % {ACCOUNTS + 1}) body",
        "subject",
    )


def check_each_has_its_own(door: Door) -> None:
    found = Counter[int]()
    for call in door.writes():
        account = int(call["body"]["body"].removeprefix("for "))
        assert call["token_number"] == account + 1
        assert call["status"] == 201
        assert "shop" not in call["body"]
        found[account] += 1
    assert found == dict.fromkeys(range(ACCOUNTS), EACH)


def test_each_account_has_its_own_token_and_limit(door: Door) -> None:
    options = {
        **TICKETS,
        "account_column": "shop",
        "api_tokens": json.dumps(tokens(door)),
        "on_error": "dead_letter",
        # With one limit for all of them this would take an hour.
        "requests_per_minute": str(EACH),
    }
    door.sandbox.configure(requests_per_minute=EACH)
    frame = orders(door)
    told = door.save(door.arranged(frame, **options), **options)
    assert (told["row"], told["delivered"], told["rejected"]) == (153, 150, EACH)
    check_each_has_its_own(door)
    letters = door.dead_letters()
    assert len(letters) == EACH
    assert all(f"api_tokens has no token of its account ({WITHOUT})" in str(e) for e in letters)

    told = door.save(frame, **options)
    assert (told["unchanged"], told["rejected"], told["request"]) == (150, EACH, 0)


def test_without_arranging_the_driver_delivers_to_each_account(door: Door) -> None:
    path = door.folder / "tokens.json"
    path.write_text(json.dumps(tokens(door)))
    options = {
        **TICKETS,
        "account_column": "shop",
        "api_tokens": str(path),
        "on_error": "dead_letter",
        "requests_per_minute": str(EACH),
    }
    told = door.save(orders(door), **options)
    assert (told["row"], told["delivered"], told["rejected"]) == (153, 150, EACH)
    check_each_has_its_own(door)
    assert TOKEN not in str(door.dead_letters())
