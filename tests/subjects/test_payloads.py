"""From records to payloads of contacts and companies, before Groove is asked for anything."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from target_groove.delivery.masking import masked
from target_groove.endpoints import TEMPLATES
from target_groove.outputs.notices import Notices
from target_groove.payload import Payload, PayloadBuilder
from target_groove.route_reading import read_routes
from target_groove.settings import read_settings
from target_groove.subjects.carrying_out import Subject
from target_groove.subjects.showing import batch_request
from tests.subjects.crm import sources


def payload(record: dict[str, Any], *, endpoint: str = "upsert_contact", **spec: Any) -> Payload:
    streams = [{"stream": "s", "endpoint": endpoint, **spec}]
    settings = read_settings({"api_token": "x" * 20, "streams": streams})
    route = read_routes(settings).for_stream("s")
    assert route is not None
    return PayloadBuilder(route).build(record)


def test_short_names_stand_for_groove_s_keys() -> None:
    record = {"email": " ada@example.org ", "first_name": "Ada", "phone": "+1", "twitter": "ada"}
    assert payload(record).fields == {
        "contact_email": "ada@example.org",
        "contact_first_name": "Ada",
        "contact_phone_number": "+1",
        "contact_twitter": "ada",
    }


def test_short_names_of_companies() -> None:
    record = {"domain": "acme.example", "name": "Acme", "secondary_domains": ["b.example"]}
    assert payload(record, endpoint="upsert_company").fields == {
        "company_domain": "acme.example",
        "company_name": "Acme",
        "company_secondary_domains": ["b.example"],
    }


def test_a_company_inside_of_a_contact_is_taken_apart() -> None:
    record = {
        "email": "ada@example.org",
        "company": {"domain": "acme.example", "company_name": "Acme", "name": None},
        "contact": {"role": "CEO", "email": "other@example.org"},
    }
    assert payload(record).fields == {
        "contact_email": "ada@example.org",
        "company_domain": "acme.example",
        "company_name": "Acme",
        "contact_role": "CEO",
    }


def test_an_account_s_own_keys_are_sent_as_they_are() -> None:
    record = {"contact_email": "ada@example.org", "contact_shoe_size": 42, "plan": "x"}
    found = payload(record)
    assert found.fields == record
    assert not found.unknown


def test_a_batch_does_not_keep_from_checking() -> None:
    found = payload({"email": "nobody"}, batch={"size": 5})
    assert found.problems == ("contact_email: 'nobody' is no e-mail address",)


@pytest.mark.parametrize("count", [1, 2])
def test_a_batch_is_shown_by_what_it_sets(count: int) -> None:
    subjects = [Subject(fields={"contact_role": "CEO"}, known_id="ct_1"), Subject(fields={})]
    request = batch_request(
        TEMPLATES["upsert_contact"],
        url="https://api.groovehq.com/v2/graphql",
        headers={},
        subjects=subjects[:count],
        sources=sources(count),
    )

    assert request.repeatable
    assert request.payload == {
        "upsert_contact": {"id": "ct_1", "contact_role": "CEO"}
        if count == 1
        else [{"id": "ct_1", "contact_role": "CEO"}, {}]
    }
    assert masked(request)["method"] == "POST"


def test_the_notice_is_short_and_names_no_setting_that_would_not_help(
    caplog: pytest.LogCaptureFixture,
) -> None:
    Notices(logging.getLogger("target-groove-test")).inferred(TEMPLATES["upsert_contact"])

    (said,) = caplog.messages
    assert said.startswith("Endpoint upsert_contact is inferred: ")
    assert "docs/contacts.md" in said
    assert "method and url" not in said
    assert len(said) <= 250
