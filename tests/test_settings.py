"""Settings: their types, their limits, and the sentence for each mistake."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.errors import ConfigurationError
from target_groove.setting_schema import settings_schema
from target_groove.settings import (
    Settings,
    described_settings,
    read_settings,
)
from target_groove.wording import unknown_name
from tests.runs import records, run_target

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

SECRET = "s3cr3t-token-value"
API = "https://api.groovehq.com/v1"
AS_JSON = "(in an environment variable: JSON)."
ADDRESS = f"an address like {API} is needed."


def problems_of(config: dict[str, Any], also_known: tuple[str, ...] = ()) -> list[str]:
    """The sentences about a configuration."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings(config, also_known=also_known)
    return list(caught.value.problems)


def test_defaults_are_those_of_the_contract() -> None:
    settings = read_settings({"api_token": SECRET})
    assert settings == Settings(
        api_token=SECRET,
        api_url=API,
        uploader_url=None,
        attachments_dir=None,
        streams=(),
        unmapped_streams="skip",
        exclude_attributes=(),
        unknown_fields="drop",
        batch_size_rows=100,
        requests_per_minute=30,
        max_in_flight=8,
        max_attempts=10,
        request_timeout_seconds=30,
        on_error="fail",
        dead_letter_path="dead-letters.singer.jsonl",
        max_rejected=None,
        checkpoint_seconds=10,
        max_record_bytes=10 * 1024 * 1024,
    )


NUMBERS = [each["name"] for each in described_settings() if each["kind"] == "integer"]
CHOICES = [each for each in described_settings() if each["choices"]]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [7, "7", " 7 "], ids=repr)
def test_numbers_may_be_strings(name: str, value: Any) -> None:
    assert getattr(read_settings({"api_token": SECRET, name: value}), name) == 7


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["", "x", "1.5", 1.5, True, [], {}, -1, "-1"], ids=repr)
def test_what_is_no_number_is_named_with_its_limit(name: str, value: Any) -> None:
    minimum = next(each["minimum"] for each in described_settings() if each["name"] == name)
    assert problems_of({"api_token": SECRET, name: value}) == [
        f"Setting {name} is {value!r}; a whole number from {minimum} is allowed."
    ]


@pytest.mark.parametrize(
    "name,minimum",
    [
        ("batch_size_rows", 1),
        ("requests_per_minute", 0),
        ("max_in_flight", 1),
        ("max_attempts", 1),
        ("request_timeout_seconds", 1),
        ("max_rejected", 0),
        ("checkpoint_seconds", 0),
        ("max_record_bytes", 1),
    ],
)
def test_the_least_number(name: str, minimum: int) -> None:
    assert getattr(read_settings({"api_token": SECRET, name: minimum}), name) == minimum
    assert problems_of({"api_token": SECRET, name: minimum - 1})


@pytest.mark.parametrize("setting", CHOICES, ids=lambda each: each["name"])
def test_choices(setting: dict[str, Any]) -> None:
    name, allowed = setting["name"], ", ".join(setting["choices"])
    for choice in setting["choices"]:
        assert getattr(read_settings({"api_token": SECRET, name: choice}), name) == choice
    assert problems_of({"api_token": SECRET, name: "maybe"}) == [
        f"Setting {name} is 'maybe'; allowed are {allowed}."
    ]
    assert problems_of({"api_token": SECRET, name: 1}) == [f"Setting {name} is 1; it must be text."]


@pytest.mark.parametrize("value", [None, ""], ids=repr)
def test_a_missing_token_is_named_with_its_variable(value: Any) -> None:
    sentence = (
        "Setting api_token is missing; set it in the configuration or as "
        "TARGET_GROOVE_API_TOKEN with --config ENV."
    )
    assert problems_of({"api_token": value}) == [sentence]
    assert problems_of({}) == [sentence]


@pytest.mark.parametrize(
    "name,value,sentence",
    [
        ("api_urll", "x", "There is no setting 'api_urll'; did you mean api_url?"),
        ("on_eror", "x", "There is no setting 'on_eror'; did you mean on_error?"),
        ("stream_map", "x", "There is no setting 'stream_map'; did you mean stream_maps?"),
        ("zzz", "x", "There is no setting 'zzz'."),
        (1, "x", "There is no setting 1."),
        (
            "streams",
            {},
            "Setting streams must be a list of objects; put it into a list.",
        ),
        (
            "streams",
            '{"stream": "s"}',
            "Setting streams must be a list of objects; put it into a list.",
        ),
        (
            "streams",
            [{}, {}, "a"],
            "Setting streams must be a list of objects; streams[2] must be an object.",
        ),
        (
            "streams",
            "[{]",
            f"Setting streams must be a list of objects {AS_JSON}",
        ),
        (
            "exclude_attributes",
            "internal",
            f"Setting exclude_attributes must be a list of names {AS_JSON}",
        ),
        (
            "exclude_attributes",
            ["a", 1],
            (
                "Setting exclude_attributes must be a list of names; "
                "exclude_attributes[1] must be text."
            ),
        ),
        (
            "max_attempts",
            Decimal("1.5"),
            "Setting max_attempts is 1.5; a whole number from 1 is allowed.",
        ),
        ("on_error", Decimal("1.50"), "Setting on_error is 1.50; it must be text."),
        ("dead_letter_path", 5, "Setting dead_letter_path is 5; it must be text."),
        ("api_url", "groove", f"Setting api_url is 'groove'; {ADDRESS}"),
        ("api_url", "ftp://x/v1", f"Setting api_url is 'ftp://x/v1'; {ADDRESS}"),
        ("api_url", "https://", f"Setting api_url is 'https://'; {ADDRESS}"),
        ("api_url", "https://x/v1?access_token=a", f"Setting api_url is 'https://x/v1'; {ADDRESS}"),
        ("api_url", "https://x/v1#a", f"Setting api_url is 'https://x/v1#a'; {ADDRESS}"),
        ("api_url", "https://[::1", f"Setting api_url is 'https://[::1'; {ADDRESS}"),
        ("api_url", "https://x:99999/v1", f"Setting api_url is 'https://x:99999/v1'; {ADDRESS}"),
        ("api_url", "https://x:port/v1", f"Setting api_url is 'https://x:port/v1'; {ADDRESS}"),
        (
            "api_url",
            "http://groove.example/v1",
            (
                "Setting api_url is 'http://groove.example/v1'; "
                "plain http is allowed on this machine only, use https."
            ),
        ),
        (
            "uploader_url",
            "http://127.0.0.1.evil.example",
            (
                "Setting uploader_url is 'http://127.0.0.1.evil.example'; "
                "plain http is allowed on this machine only, use https."
            ),
        ),
        (
            "graphql_url",
            "http://groove.example/v2/graphql",
            (
                "Setting graphql_url is 'http://groove.example/v2/graphql'; "
                "plain http is allowed on this machine only, use https."
            ),
        ),
        (
            "graphql_url",
            "groove.example",
            f"Setting graphql_url is 'groove.example'; {ADDRESS}".replace("/v1", "/v2/graphql"),
        ),
        (
            "create_missing_fields",
            "perhaps",
            "Setting create_missing_fields is 'perhaps'; true or false is allowed.",
        ),
    ],
)
def test_a_mistake_is_a_sentence(name: Any, value: Any, sentence: str) -> None:
    config = {"api_token": SECRET, name: value}
    assert problems_of(config, also_known=("stream_maps",)) == [sentence]


def test_all_mistakes_are_said_at_once() -> None:
    config = {
        "api_tokn": SECRET,
        "batch_size_rows": 0,
        "on_error": "stop",
        "api_url": "http://example.org",
        "streams": 5,
    }
    assert [each.split(";")[0].split(" must")[0] for each in problems_of(config)] == [
        "There is no setting 'api_tokn'",
        "Setting batch_size_rows is 0",
        "Setting on_error is 'stop'",
        "Setting streams",
        "Setting api_token is missing",
        "Setting api_url is 'http://example.org'",
    ]


@pytest.mark.parametrize(
    "token",
    [f"{SECRET} x", f"{SECRET}\n", f"\t{SECRET}", f"{SECRET}é", f"{SECRET}\0", [SECRET], 5],
    ids=repr,
)
def test_a_token_that_cannot_be_one_is_never_shown(token: Any) -> None:
    [sentence] = problems_of({"api_token": token})
    assert sentence.startswith("Setting api_token ")
    assert SECRET not in sentence


def test_null_counts_as_absent() -> None:
    config = {"api_token": SECRET, "api_url": None, "streams": None, "max_attempts": None}
    assert read_settings(config) == read_settings({"api_token": SECRET})


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_plain_http_on_this_machine(host: str) -> None:
    url = f"http://{host}/v1"
    assert read_settings({"api_token": SECRET, "api_url": url}).api_url == url


@pytest.mark.parametrize(
    "config,upload_url",
    [
        ({}, "https://uploader.groovehq.com"),
        ({"api_url": f"{API}/"}, "https://uploader.groovehq.com"),
        ({"api_url": "http://127.0.0.1:8000/v1"}, "http://127.0.0.1:8000"),
        ({"api_url": "https://proxy.example/groove/v1"}, "https://proxy.example"),
        ({"uploader_url": "https://up.example/x/"}, "https://up.example/x"),
    ],
    ids=repr,
)
def test_where_attachments_go(config: dict[str, Any], upload_url: str) -> None:
    assert read_settings({"api_token": SECRET, **config}).upload_url == upload_url


@pytest.mark.parametrize(
    "config,address",
    [
        ({}, "https://api.groovehq.com/v2/graphql"),
        ({"api_url": "http://127.0.0.1:8000/v1/"}, "http://127.0.0.1:8000/v2/graphql"),
        ({"graphql_url": "https://proxy.example/g/"}, "https://proxy.example/g"),
    ],
    ids=repr,
)
def test_where_contacts_go(config: dict[str, Any], address: str) -> None:
    assert read_settings({"api_token": SECRET, **config}).graphql_address == address


@pytest.mark.parametrize(
    "value,expected", [(True, True), ("True", True), ("false", False)], ids=repr
)
def test_yes_or_no_may_be_a_string(value: Any, *, expected: bool) -> None:
    config = {"api_token": SECRET, "create_missing_fields": value}
    assert read_settings(config).create_missing_fields is expected


def test_the_schema_describes_every_setting() -> None:
    schema = settings_schema()
    assert list(schema["properties"]) == [each["name"] for each in described_settings()]
    assert schema["required"] == ["api_token"]
    assert schema["properties"]["api_token"] == {
        "description": schema["properties"]["api_token"]["description"],
        "type": "string",
        "secret": True,
        "writeOnly": True,
    }
    assert schema["properties"]["on_error"]["enum"] == ["fail", "dead_letter"]
    assert schema["properties"]["batch_size_rows"]["default"] == 100
    assert schema["properties"]["batch_size_rows"]["type"] == ["integer", "null"]
    assert schema["properties"]["streams"]["items"] == {"type": "object"}
    assert schema["properties"]["exclude_attributes"]["items"] == {"type": "string"}
    assert all(each["description"].endswith(".") for each in described_settings())


def test_the_nearest_name_is_offered() -> None:
    assert unknown_name("key", "fielsd", ["fields", "url"]) == (
        "There is no key 'fielsd'; did you mean fields?"
    )
    assert unknown_name("key", "q", ["fields"]) == "There is no key 'q'."


# Through a whole run


def test_an_unusable_configuration_ends_the_run_with_every_sentence(
    run: Run, sandbox: Sandbox
) -> None:
    bad = {
        "batch_size_rows": "many",
        "flattening_enabled": "perhaps",
        "streams": [{"stream": "s", "endpoint": "create_tickets"}],
    }
    result = run(bad, records("create_ticket", {"body": "x"}))
    assert result.exit_code == 2
    assert "Setting flattening_enabled: 'perhaps' is neither true nor false." in result.problems
    assert "Setting batch_size_rows is 'many'; a whole number from 1 is allowed." in result.problems
    assert result.stdout == []
    assert sandbox.log() == []


def test_settings_come_from_the_environment(
    config: dict[str, Any], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "API_TOKEN": config["api_token"],
        "API_URL": config["api_url"],
        "REQUESTS_PER_MINUTE": "0",
        "BATCH_SIZE_ROWS": "2",
        "LEDGER_URL": config["ledger_url"],
        "EXCLUDE_ATTRIBUTES": '["secret"]',
        "STREAMS": '[{"stream": "s*", "endpoint": "custom", "method": "post", "url": "/echo/x"}]',
    }.items():
        monkeypatch.setenv(f"TARGET_GROOVE_{name}", value)
    result = run_target({}, records("sales", {"a": 1, "secret": 2}), parse_env=True)
    assert result.exit_code == 0, result.problems
    assert [each["body"] for each in sandbox.log()] == [{"a": 1}]


@pytest.mark.parametrize(
    "name,value,sentence",
    [
        ("BATCH_SIZE_ROWS", "many", "Setting batch_size_rows is 'many'; a whole number from 1"),
        (
            "STREAMS",
            "[{",
            "Setting streams must be a list of objects (in an environment variable: JSON)",
        ),
        (
            "VALIDATE_RECORDS",
            "maybe",
            "Setting validate_records: 'maybe' is neither true nor false.",
        ),
        ("ON_ERROR", "stop", "Setting on_error is 'stop'; allowed are fail, dead_letter."),
    ],
)
def test_a_mistake_in_the_environment_names_the_setting(
    name: str,
    value: str,
    sentence: str,
    config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"TARGET_GROOVE_{name}", value)
    result = run_target({"api_token": config["api_token"]}, parse_env=True)
    assert result.exit_code == 2
    assert [each for each in result.problems if each.startswith(sentence)]


def test_the_token_is_nowhere_but_in_the_request(
    run: Run, sandbox: Sandbox, config: dict[str, Any], tmp_path: Any
) -> None:
    token = config["api_token"]
    sandbox.faults([{"action": "status", "path": "/tickets$", "status": 422}])
    bad_body = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}
    result = run({"on_error": "dead_letter"}, records("create_ticket", bad_body, {"body": 1}))
    assert sandbox.log()[0]["authorized"]
    assert token not in result.log
    assert token not in (tmp_path / "dead-letters.singer.jsonl").read_text()
    stopped = run({"max_attempts": "x", "stream": token[:-1]}, records("create_ticket", bad_body))
    assert stopped.exit_code == 2
    assert not [each for each in stopped.problems if token in each]


@pytest.mark.parametrize("value,problems", [("3", []), ("0", ["max_in_flight"])])
def test_how_many_are_in_flight_may_come_from_the_environment(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, value: str, problems: list[str]
) -> None:
    monkeypatch.setenv("TARGET_GROOVE_MAX_IN_FLIGHT", value)
    given = {name: each for name, each in config.items() if name != "max_in_flight"}
    result = run_target(given, records("sales", {"a": 1}), parse_env=True)
    assert [each.split()[1] for each in result.problems] == problems
    if result.target:
        assert result.target.settings.max_in_flight == 3


@pytest.mark.parametrize(
    "settings, problem",
    [
        ({"responses_path": "{day}.jsonl"}, "it may hold {date} and {run_id}, but not {day}."),
        ({"responses_command": "target 'x"}, "is no command line (No closing quotation)."),
        ({"responses_command": " "}, "names no program."),
        ({"responses_stream": " "}, "is empty; it must name a stream."),
        ({"responses_webhook_url": "ftp://a/secret-7"}, "is no address like https://example.org"),
        ({"responses_webhook_url": "https://[::1/secret-7"}, "is no address like"),
        ({"responses_webhook_url": "http://a.example/secret-7"}, "plain http is allowed on this"),
    ],
)
def test_where_answers_cannot_be_told(settings: dict[str, str], problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        read_settings({"api_token": "t", **settings})

    (sentence,) = raised.value.problems
    (name,) = settings
    assert sentence.startswith(f"Setting {name}")
    assert problem in sentence
    assert "secret-7" not in sentence


def test_where_answers_can_be_told() -> None:
    settings = {
        "responses_path": "answers/{date}/{run_id}.jsonl",
        "responses_webhook_url": "http://127.0.0.1:80/answers?key=x",
        "responses_command": "target-postgres --config 'a b.json'",
        "responses_stream": "answers",
    }

    found = read_settings({"api_token": "t", **settings})

    assert {name: getattr(found, name) for name in settings} == settings
