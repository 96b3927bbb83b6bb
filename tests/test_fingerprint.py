"""What decides, beside a record, what is sent: settings, and a number for the code itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.template import Field, FieldType
from target_groove.fingerprint import PAYLOADS, fingerprint
from target_groove.route_reading import read_routes
from target_groove.settings import Settings, read_settings
from target_groove.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).with_name("payloads.json")
SPEC = {"stream": "s", "endpoint": "custom", "method": "PUT", "url": "/echo/{id}"}
PERSON = {"email": " Kim@Example.org ", "name": "Kim", "shoe_size": 41}
VALUES: dict[FieldType, tuple[Any, ...]] = {
    FieldType.BOOLEAN: ("yes", False),
    FieldType.DATETIME: ("2026-02-01T08:00:00Z", "2026-02-01"),
    FieldType.STRINGS: (["a", 1], '["a", "b"]'),
    FieldType.PERSON: (PERSON, "kim@example.org"),
}


def settings_with(**more: Any) -> Settings:
    return read_settings({"api_token": "token", **more})


def values_of(field: Field) -> tuple[Any, ...]:
    """Two values that a field takes."""
    if field.enum:
        return (*field.value_synonyms, *field.enum)[0], field.enum[-1]
    if field.email or field.look_up:
        return "kim@example.org", "lee@example.org"
    return VALUES.get(field.type, ("Lid", "A lid"))


def rows(endpoint: str) -> Iterator[dict[str, Any]]:
    """Records with every field by its name, by each other name, and by ids."""
    fields = TEMPLATES[endpoint].fields
    params = {each.name: "7" for each in TEMPLATES[endpoint].path_params}
    names = [each.name for each in fields]
    for version in (0, 1):
        values = {each.name: values_of(each)[version] for each in fields if each.name != "path"}
        content = {"content": "eA=="} if "content" in names else {}
        yield {"id": version, **params, "unknown": 1, **values, **content}
    ids = [name for each in fields if each.look_up for name in each.look_up.names]
    yield {**params, **dict.fromkeys((each for each in names if each != "path"), "x@y.z")}
    yield {**params, **dict.fromkeys(ids, 12), "body": "b", "from": "x@y.z", "to": "x@y.z"}
    yield {**params, **{other: "x@y.z" for each in fields for other in each.synonyms}}


def payloads(endpoint: str) -> list[str]:
    """Digest what would be sent of these records; "refused" for those that would not be."""
    settings = settings_with()
    route = read_routes(settings).for_stream(endpoint)
    assert route is not None
    stream = Stream(endpoint, route, scope=1, settings=settings)
    made = [stream.builder.build(each) for each in rows(endpoint)]
    return [
        "refused" if each.problems else stream.content_hash(each.params, each.fields)
        for each in made
    ]


def samples() -> dict[str, Any]:
    """What `payloads.json` is to hold."""
    return {"number": PAYLOADS, "payloads": {each: payloads(each) for each in TEMPLATES}}


@pytest.mark.parametrize("endpoint", TEMPLATES)
def test_payloads_are_those_of_this_number(endpoint: str) -> None:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    hint = "raise fingerprint.PAYLOADS, then run: python -m tests.test_fingerprint"
    assert kept["payloads"].get(endpoint) == payloads(endpoint), hint
    assert kept["number"] == PAYLOADS, hint


@pytest.mark.parametrize(
    "spec, more",
    [
        ({**SPEC, "url": "/echo/x"}, {}),
        ({**SPEC, "fields": {"a": "b"}}, {}),
        ({**SPEC, "fields": {"a": "b", "c": "d"}}, {}),
        ({**SPEC, "fields": {"c": "d", "a": "b"}}, {}),
        ({**SPEC, "fields": {"a": ["{{ b }}"]}}, {}),
        ({**SPEC, "defaults": {"a": 1}}, {}),
        ({**SPEC, "defaults": {"a": "1"}}, {}),
        (SPEC, {"exclude_attributes": ["a"]}),
        (SPEC, {"unknown_fields": "send"}),
    ],
)
def test_everything_that_decides_is_in_it(spec: dict[str, Any], more: dict[str, Any]) -> None:
    found = fingerprint(spec, settings_with(**more))
    assert len(found) == 32
    assert found != fingerprint(SPEC, settings_with())
    assert found == fingerprint(dict(spec), settings_with(**more))


def test_what_does_not_decide_is_not_in_it() -> None:
    others = settings_with(max_in_flight=1, checkpoint_seconds=1, report_path="x.html")
    assert fingerprint(SPEC, others) == fingerprint(SPEC, settings_with())


@pytest.mark.parametrize(
    "fields", [{"a": "{{ now }}"}, {"a": ["b", {"c": "{{ x | date: '%Y' }}"}]}, {"a": "{{ x"}]
)
def test_there_is_none_where_the_clock_decides(fields: dict[str, Any]) -> None:
    assert fingerprint({**SPEC, "fields": fields}, settings_with()) == ""


if __name__ == "__main__":
    FILE.write_text(json.dumps(samples(), indent=1) + "\n", encoding="utf-8")
