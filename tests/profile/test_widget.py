"""The widget script over real HTTP: who gets what."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.errors import ConfigurationError
from target_groove.profile.changes import Change
from target_groove.profile.opening import open_store
from target_groove.profile.script import NOTHING
from target_groove.profile.service import Limits, make_app
from target_groove.profile.serving import served
from target_groove.profile.visitor import LONGEST_SECONDS, Visitor, sign, signing_key
from target_groove.settings import Settings
from tests.profile.conftest import TOKEN, Service

if TYPE_CHECKING:
    from target_groove.profile.store import ProfileStore
    from target_groove.profile.writing import ProfileWriter

    Serving = Callable[..., AbstractContextManager[Service]]

EMAIL = "ada@example.com"
SECRET = "a secret of our own for the visitors"
FIELDS = ("contact_role", "company_domain")
HOSTILE = "</script><!--'\"\u2028&"
NO_LIMITS = Limits(requests_per_second=0, refusals_per_minute=0)


@pytest.fixture(autouse=True)
def ada(writer: ProfileWriter) -> None:
    attributes = json.dumps({"contact_role": HOSTILE, "plan": "4711", "company_domain": "e.co"})
    writer.write([Change("customers", "1", EMAIL, None, attributes)])


@pytest.fixture
def serve(url: str) -> Serving:
    @contextmanager
    def serve(limits: Limits = NO_LIMITS, **more: Any) -> Iterator[Service]:
        settings = Settings(api_token=TOKEN, profile_url=url, **{"widget_fields": FIELDS, **more})
        with served(settings, open_store(url), limits=limits) as address:
            yield Service(address)

    return serve


def visitor(
    email: str = EMAIL, seconds: float = 60, token: str = TOKEN, secret: str | None = None
) -> str:
    settings = Settings(api_token=token, widget_secret=secret)
    return sign(Visitor(email, int(time.time() + seconds)), signing_key(settings))


def test_a_visitor_gets_the_calls_of_the_named_fields(serve: Serving) -> None:
    with serve() as service:
        answer = service.get("widget.js", v=visitor(email="Ada@Example.com"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert not [each for each in answer.headers if each.lower().startswith("access-control")]
    assert 'widget.identifyContact("contact_email", "Ada@Example.com");' in answer.text
    assert 'widget.identifyCompany("company_domain", "e.co");' in answer.text
    assert "4711" not in answer.text
    assert "</" not in answer.text
    assert "<!--" not in answer.text
    assert answer.content.isascii()


def test_without_a_visitor_the_widget_forgets_the_last_one(serve: Serving) -> None:
    with serve() as service:
        for query in ({}, {"v": ""}, {"dialect": "groove"}):
            answer = service.get("widget.js", **query)
            assert answer.status_code == 200
            assert "widget.logout();" in answer.text
        assert service.get("widget.js", dialect="web1on1").text == NOTHING


def test_who_is_not_believed_gets_no_data_and_no_hint(serve: Serving) -> None:
    with serve() as service:
        answers = [
            service.get("widget.js", v=each, dialect=dialect)
            for dialect in ("groove", "web1on1")
            for each in (
                "1",
                "undefined",
                EMAIL,
                visitor() + "0",
                visitor(seconds=-1),
                visitor(email="nobody@example.com", seconds=-1),
                visitor(seconds=LONGEST_SECONDS + 60),
                visitor(token="of another account"),
                visitor(secret=SECRET),
            )
        ]
    assert {(each.status_code, each.text) for each in answers} == {(200, NOTHING)}
    assert len({str({**each.headers, "date": ""}) for each in answers}) == 1


def test_with_a_secret_of_its_own_the_token_signs_nothing(serve: Serving) -> None:
    with serve(widget_secret=SECRET) as service:
        assert service.get("widget.js", v=visitor()).text == NOTHING
        assert EMAIL in service.get("widget.js", v=visitor(secret=SECRET)).text


def test_an_unknown_customer_is_only_identified(serve: Serving) -> None:
    with serve() as service:
        text = service.get("widget.js", v=visitor("new@example.com")).text
    assert text.count("widget.") == 1
    assert 'identifyContact("contact_email", "new@example.com")' in text


def test_web1on1_is_another_dialect(serve: Serving) -> None:
    calls = ({"call": "category", "value": "{{ contact_role }}"}, {"call": "notify", "id": "n1"})
    with serve(widget_calls=calls) as service:
        answer = service.get("widget.js", v=visitor(), dialect="web1on1")
        assert answer.status_code == 200
        assert "/notify n1" in answer.text
        assert "</" not in answer.text
        for other in ("intercom", ""):
            refused = service.get("widget.js", v=visitor(), dialect=other)
            assert refused.status_code == 400
            assert refused.json() == {"error": "the dialect is none of groove, web1on1"}


def test_a_template_that_shows_what_is_not_named_keeps_it_from_starting(
    store: ProfileStore,
) -> None:
    calls = ({"call": "message", "text": "{{ plan }}"},)
    with pytest.raises(ConfigurationError, match="uses plan, which widget_fields does not name"):
        make_app(Settings(api_token=TOKEN, widget_calls=calls), store)


def test_who_forges_visitors_is_refused_and_keeps_nobody_else_out(serve: Serving) -> None:
    with serve(Limits(refusals_per_minute=3)) as service:
        for _ in range(6):  # Those that have expired are no attempts.
            assert service.get("widget.js", v=visitor(seconds=-1)).status_code == 200
        statuses = [service.get("widget.js", v="forged").status_code for _ in range(5)]
        assert statuses[:3] == [200] * 3
        assert 429 in statuses
        assert service.get(email=EMAIL, api_token=TOKEN).status_code == 200


def test_a_store_that_cannot_be_read_is_no_script(serve: Serving, store: ProfileStore) -> None:
    with serve() as service:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE groove_profile_parts")
        answer = service.get("widget.js", v=visitor())
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "the profiles cannot be read now"},
    )


def test_no_log_has_the_visitor(serve: Serving, caplog: pytest.LogCaptureFixture) -> None:
    token = visitor()
    with caplog.at_level(logging.DEBUG), serve() as service:
        service.get("widget.js", v=token)
    of_the_service = [each for each in caplog.records if not each.name.startswith("urllib3")]
    logged = "\n".join(each.getMessage() for each in of_the_service)
    assert " GET /widget.js 200 " in logged
    for secret in (token, EMAIL, EMAIL.encode().hex()):
        assert secret not in logged


def test_the_description_has_the_script(serve: Serving) -> None:
    with serve() as service:
        described = service.get("openapi.json").json()["paths"]["/widget.js"]["get"]
    assert [each["name"] for each in described["parameters"]] == ["v", "dialect"]
    assert set(described["responses"]) == {"200", "400", "429", "503"}
