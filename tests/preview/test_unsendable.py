"""A header that is none: nothing leaves, and nobody is told that it did."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.delivery.outcome import AnswerRule, Verdict
from target_groove.delivery.request import Delivery, Request, Source
from target_groove.engine_making import make_engine
from target_groove.outputs.request_text import RequestText
from target_groove.preview.agreeing import AgreeingSender
from target_groove.preview.scene import Scene
from target_groove.sample.telling import TellingSender
from target_groove.settings import read_settings
from target_groove.stopping import StopRequest

if TYPE_CHECKING:
    from target_groove.outputs.request_lines import RequestLine
    from target_groove.sandbox import Sandbox

TOLD: list[RequestLine] = []


@pytest.mark.parametrize(
    "make_sender",
    [
        partial(AgreeingSender, scene=Scene(TOLD.append)),
        partial(TellingSender, text=RequestText(io.StringIO())),
    ],
    ids=["preview", "sample"],
)
def test_what_cannot_be_sent_is_rejected(
    make_sender: Any, config: dict[str, Any], sandbox: Sandbox
) -> None:
    stop = StopRequest()
    engine = make_engine(read_settings(config), stop=stop, make_sender=make_sender)
    request = Request(
        endpoint="custom",
        stream="s",
        method="POST",
        url=f"{sandbox.api_url}/echo/x",
        payload={"a": 1},
        headers={"X-Source": "two\nlines"},
        sources=(Source("s", {}, {}, "line 2", "", 0),),
        repeatable=False,
        answer=AnswerRule(),
    )
    outcome = engine.deliver(Delivery((request,)))
    assert outcome.verdict is Verdict.REJECTED
    assert outcome.reason.startswith("it cannot be sent: ")
    assert (TOLD, sandbox.log()) == ([], [])
    engine.close()
    stop.close()
