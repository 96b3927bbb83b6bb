"""What the real process ends with, and what it says last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.config_sources import read_config_files
from target_groove.errors import ConfigurationError
from tests.conftest import TOKEN
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from target_groove.sandbox import Sandbox
    from tests.processes import Loader

MESSAGES = (schema("s", ["id"]), record("s", {"id": 1}), record("s", {"id": 2}), state(2))


def test_done(loader: Loader) -> None:
    done = loader(MESSAGES)

    assert done.exit_code == 0
    assert done.stdout == b"2\n"
    assert done.last_line.endswith("Done: 2 delivered, 0 rejected, 2 requests.")


def test_done_with_dead_letters(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body": '"id":1'}])

    done = loader(MESSAGES, config={"on_error": "dead_letter"})

    assert done.exit_code == 0
    assert done.last_line.endswith(
        "Done: 1 delivered, 1 rejected, 2 requests; "
        f"what was set aside is in {loader.config['dead_letter_path']}."
    )


def test_done_with_skipped_streams(loader: Loader) -> None:
    done = loader(MESSAGES, config={"streams": []})

    assert done.exit_code == 0
    assert done.last_line.endswith("Done: 0 delivered, 0 rejected, 2 skipped, 0 requests.")
    assert done.stderr.count("Stream s has no route") == 1


def test_stopped_on_a_stream_without_route(loader: Loader) -> None:
    done = loader(MESSAGES, config={"streams": [], "unmapped_streams": "fail"})

    assert done.exit_code == 1
    assert done.last_line.endswith(
        "Line 2: stream s has no route; add one to streams, or set unmapped_streams to skip."
    )
    assert done.stdout == b""


def test_stopped_on_a_refusal(loader: Loader, sandbox: Sandbox) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body_text": '{"error": "no"}'}])

    done = loader(MESSAGES)

    assert done.exit_code == 1
    assert done.last_line.endswith("Line 2, stream s, record id=1: Groove answered 422: no.")
    assert "Traceback" not in done.stderr


UNUSABLE = {
    "no token": ({"api_token": None}, ["Setting api_token is missing"]),
    "a setting that does not exist": ({"on_eror": "fail"}, ["There is no setting 'on_eror'"]),
    "two at once": (
        {"on_error": "ignore", "max_attempts": 0},
        ["Setting on_error is 'ignore'", "Setting max_attempts is 0"],
    ),
    "an SDK setting": ({"add_record_metadata": "maybe"}, ["Setting add_record_metadata: "]),
    "a route": ({"streams": [{"stream": "s"}]}, ["streams[0] (s): endpoint is missing."]),
    "plain http": ({"api_url": "http://groove.example/v1"}, ["Setting api_url is "]),
}


@pytest.mark.parametrize("config, sentences", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_configuration(
    loader: Loader, config: dict[str, Any], sentences: list[str]
) -> None:
    done = loader(MESSAGES, config=config)

    assert done.exit_code == 2
    assert done.stdout == b""
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
    for sentence in sentences:
        assert sentence in done.stderr


FILES = {
    "is not there": (None, "cannot be read: No such file or directory."),
    "is empty": (b"", "cannot be understood: "),
    "is no JSON": (b"{oops", "cannot be understood: "),
    "is no UTF-8": (b'{"a": "\xff"}', "cannot be understood: "),
    "is no object": (b"[]", "holds no object of settings."),
}


@pytest.mark.parametrize("content, sentence", FILES.values(), ids=FILES)
def test_a_configuration_file_that(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "config.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError) as caught:
        read_config_files([str(path)])

    assert str(caught.value).startswith(f"The configuration file {path} ")
    assert sentence in str(caught.value)


def test_a_missing_configuration_file_is_the_users_mistake(loader: Loader, tmp_path: Path) -> None:
    done = loader(MESSAGES, arguments=["--config", str(tmp_path / "nowhere.json")])

    assert done.exit_code == 2
    assert "nowhere.json cannot be read: No such file or directory." in done.stderr


def test_a_missing_input_is_the_users_mistake(loader: Loader) -> None:
    done = loader(arguments=["--input", "nowhere.singer"])

    assert done.exit_code == 2
    assert "nowhere.singer" in done.stderr


@pytest.mark.parametrize("arguments", [["--oops"], ["oops"]])
def test_unusable_arguments(loader: Loader, arguments: list[str]) -> None:
    done = loader(arguments=arguments)

    assert done.exit_code == 2
    assert "oops" in done.stderr
    assert done.stdout == b""


def test_later_files_override_earlier_ones(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"max_attempts": 1, "on_error": "fail"}')
    (tmp_path / "b.yml").write_text("max_attempts: 2\nstreams:\n  - stream: s\n")

    paths = [str(tmp_path / "a.json"), str(tmp_path / "b.yml")]

    assert read_config_files(paths) == {
        "max_attempts": 2,
        "on_error": "fail",
        "streams": [{"stream": "s"}],
    }


@pytest.mark.parametrize("text", ["a: [", "a: 'x\n"])
def test_yaml_that_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match="cannot be understood") as caught:
        read_config_files([str(path)])

    assert "\n" not in str(caught.value)


def test_settings_from_the_environment(
    loader: Loader, arrived_ids: Callable[[], list[Any]], tmp_path: Path
) -> None:
    environment = {
        "TARGET_GROOVE_API_TOKEN": TOKEN,
        "TARGET_GROOVE_API_URL": loader.config["api_url"],
        "TARGET_GROOVE_STREAMS": json.dumps(loader.config["streams"]),
        "TARGET_GROOVE_REQUESTS_PER_MINUTE": "0",
        "TARGET_GROOVE_CHECKPOINT_SECONDS": "0",
        "TARGET_GROOVE_DEAD_LETTER_PATH": str(tmp_path / "dead"),
    }
    nothing = dict.fromkeys(loader.config)

    done = loader(MESSAGES, config=nothing, arguments=["--config", "ENV"], environment=environment)

    assert done.exit_code == 0
    assert sorted(arrived_ids()) == [1, 2]


ODD_VALUES = {
    "MAX_ATTEMPTS": ("many", "Setting max_attempts is 'many'"),
    "STREAMS": (
        "[{",
        "Setting streams must be a list of objects (in an environment variable: JSON)",
    ),
}


def test_odd_values_in_the_environment_are_named(loader: Loader) -> None:
    environment = {f"TARGET_GROOVE_{name}": value for name, (value, _) in ODD_VALUES.items()}

    done = loader(MESSAGES, arguments=["--config", "ENV"], environment=environment)

    assert done.exit_code == 2
    assert "Traceback" not in done.stderr
    for name, (_, sentence) in ODD_VALUES.items():
        if name.lower() not in loader.config:
            assert sentence in done.stderr


def test_without_env_the_environment_is_not_read(loader: Loader) -> None:
    done = loader(MESSAGES, environment={"TARGET_GROOVE_MAX_ATTEMPTS": "many"})

    assert done.exit_code == 0


def test_version_and_about(loader: Loader) -> None:
    version = loader(arguments=["--version"])
    about = loader(arguments=["--about", "--format", "json"])

    assert version.exit_code == about.exit_code == 0
    assert version.stdout.startswith(b"target-groove v")
    described = json.loads(about.stdout)
    assert described["name"] == "target-groove"
    assert {"about", "stream-maps", "activate-version", "batch"} <= set(described["capabilities"])


def test_help_names_the_commands(loader: Loader) -> None:
    done = loader(arguments=["--help"])

    assert done.exit_code == 0
    for name in (b"check", b"demo", b"endpoints", b"sandbox", b"--input", b"--config"):
        assert name in done.stdout
