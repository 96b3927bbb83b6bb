"""What no profile can be made of, as it comes out of stream maps or out of odd taps."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from target_groove.delivery.request import Source
from target_groove.outputs.notices import Notices
from target_groove.preparing import Preparing, Unusable
from target_groove.profile_delivery import ProfileDelivery
from target_groove.route_reading import read_routes
from target_groove.settings import read_settings


class Unused:
    """Stands for parts that a record which is rejected does not come to."""


@pytest.fixture
def delivery() -> ProfileDelivery:

    settings = read_settings({"api_token": "token"})
    notices = Notices(logging.getLogger("target-groove-test"))
    unused: Any = Unused()
    return ProfileDelivery(
        settings,
        preparing=Preparing(window=unused, notices=notices),
        settling=unused,
        notices=notices,
        on_progress=lambda: None,
        open_writer=unused,
    )


def deep() -> Any:
    value: Any = 1
    for _ in range(3_000):
        value = {"a": value}
    return value


@pytest.mark.parametrize(
    "value,reason",
    [
        (deep(), "it is nested too deeply"),
        (object(), "Encoding objects of type object is unsupported"),
    ],
    ids=["deep", "no JSON"],
)
def test_it_is_rejected_with_a_reason(delivery: ProfileDelivery, value: Any, reason: str) -> None:
    route = read_routes(read_settings({"api_token": "token"})).for_stream("custom_profile")
    assert route
    record = {"email": "a@b.co", "n": Decimal(1), "value": value}
    source = Source("custom_profile", {"record": {}}, {}, "line 1", "", 0)
    with pytest.raises(Unusable, match=f"no profile can be made of it .{reason}"):
        delivery.take("custom_profile", route, source, record, {})
    assert not delivery.waits
