"""Configuration files and the environment, and the sentences about mistakes in them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from target_groove.config_sources import environment_config, read_config_files, sdk_problems
from target_groove.errors import ConfigurationError

SECRET = "s3cr3t-token-value"
SCHEMA = {
    "properties": {
        "validate_records": {"type": ["boolean", "null"]},
        "flattening_max_depth": {"type": ["integer", "null"]},
        "api_token": {"type": "string"},
    }
}


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "TRUE", " Yes "])
def test_words_for_true(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_VALIDATE_RECORDS", word)
    assert environment_config(SCHEMA, "X_") == {"validate_records": True}


@pytest.mark.parametrize("word", ["false", "0", "no", "off", "False"])
def test_words_for_false(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_VALIDATE_RECORDS", word)
    assert environment_config(SCHEMA, "X_") == {"validate_records": False}


@pytest.mark.parametrize("word", ["maybe", "2", "tru"])
def test_another_word_is_no_boolean(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_VALIDATE_RECORDS", word)
    assert sdk_problems(environment_config(SCHEMA, "X_"), SCHEMA) == [
        f"Setting validate_records: {word!r} is neither true nor false."
    ]


@pytest.mark.parametrize("name", ["VALIDATE_RECORDS", "FLATTENING_MAX_DEPTH", "API_TOKEN"])
def test_an_empty_variable_counts_as_unset(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"X_{name}", "")
    assert environment_config(SCHEMA, "X_") == {}


def test_numbers_of_the_sdk_are_shown_as_they_were_written() -> None:
    [sentence] = sdk_problems({"flattening_max_depth": Decimal("1.5")}, SCHEMA)
    assert sentence.startswith("Setting flattening_max_depth: 1.5 is not of type")


@pytest.mark.parametrize(
    "text,reason",
    [
        (
            f"api_token: [{SECRET}\nx: y\n",
            "expected ',' or ']', but got ':': line 2 column 2",
        ),
        (
            f"api_token: *{SECRET}\n",
            "found undefined alias what stands there: line 1 column 12",
        ),
        (f"a: b\napi_token: {SECRET}\n c: d\n", "mapping values are not allowed here: line 3"),
        (f"api_token: {SECRET}\x00", "special characters are not allowed: character"),
    ],
)
def test_a_mistake_in_a_yaml_file_shows_its_place_and_no_secret(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.yml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config_files([str(path)])
    sentence = str(caught.value)
    assert sentence.startswith(f"The configuration file {path} cannot be understood: {reason}")
    assert SECRET not in sentence
    assert "unicode string" not in sentence


@pytest.mark.parametrize("name", ["config.json", "config.yml"])
def test_a_file_that_is_nested_too_deeply(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("[" * 10_000)
    with pytest.raises(ConfigurationError, match="cannot be understood"):
        read_config_files([str(path)])


def test_a_later_file_overrides_an_earlier_one(tmp_path: Path) -> None:
    files: dict[str, Any] = {"a.json": '{"a": 1, "b": 2.50}', "b.yaml": "a: 3"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = read_config_files([str(tmp_path / name) for name in files])
    assert found == {"a": 3, "b": Decimal("2.50")}
