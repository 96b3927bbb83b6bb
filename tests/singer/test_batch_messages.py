"""The records of BATCH files go the way of all records."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.runs import Message, record, schema, state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

ID = {"id": {"type": "integer"}}


def batch(*paths: Path | str, stream: str = "s", **encoding: Any) -> dict[str, Any]:
    """A BATCH message for files."""
    urls = [each.as_uri() if isinstance(each, Path) else each for each in paths]
    return {
        "type": "BATCH",
        "stream": stream,
        "encoding": {"format": "jsonl", **encoding},
        "manifest": urls,
    }


def write(path: Path, rows: Iterable[Any], *, compress: bool = False) -> Path:
    """Write a file of records; text is a line as it is."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in rows]
    content = "".join(f"{each}\n" for each in lines).encode()
    path.write_bytes(gzip.compress(content) if compress else content)
    return path


@pytest.mark.parametrize("encoding", [{}, {"compression": None}, {"compression": "none"}])
def test_plain_files(
    run: Run,
    echo_config: dict[str, Any],
    tmp_path: Path,
    arrived_ids: Callable[[], list[Any]],
    encoding: dict[str, Any],
) -> None:
    one = write(tmp_path / "one.jsonl", [{"id": 1}, "", {"id": 2}])
    two = write(tmp_path / "two.jsonl", [{"id": 3}])

    result = run(echo_config, [schema("s", ["id"]), batch(one, two, **encoding), state(3)])

    assert result.exit_code == 0
    assert arrived_ids() == [1, 2, 3]
    assert result.states == [3]


def test_compressed_files(
    run: Run, echo_config: dict[str, Any], tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    path = write(tmp_path / "one.jsonl.gz", [{"id": 1}, {"id": 2}], compress=True)

    result = run(echo_config, [schema("s", ["id"]), batch(path, compression="gzip")])

    assert result.exit_code == 0
    assert arrived_ids() == [1, 2]


def test_a_path_needs_no_scheme(
    run: Run, echo_config: dict[str, Any], tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1}])

    run(echo_config, [schema("s", ["id"]), batch(str(path))])

    assert arrived_ids() == [1]


def test_the_files_may_lie_where_the_setting_says(
    run: Run, echo_config: dict[str, Any], tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    write(tmp_path / "one.jsonl", [{"id": 1}])
    storage = {"encoding": {"format": "jsonl"}, "storage": {"root": tmp_path.as_uri()}}

    result = run(
        {**echo_config, "batch_config": storage},
        [schema("s", ["id"]), batch("file:///elsewhere/one.jsonl")],
    )

    assert result.problems == []
    assert arrived_ids() == [1]


def test_numbers_keep_their_digits(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], tmp_path: Path
) -> None:
    path = write(tmp_path / "one.jsonl", ['{"id": 1, "n": 1.10, "t": "2026-02-03T10:15:00Z"}'])
    properties = {**ID, "n": {"type": "number"}, "t": {"type": "string", "format": "date-time"}}

    run(echo_config, [schema("s", ["id"], properties), batch(path)])

    assert sandbox.log()[0]["raw"] == '{"id":1,"n":1.10,"t":"2026-02-03T10:15:00Z"}'


def test_order_among_other_messages(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], tmp_path: Path
) -> None:
    """Also against records that wait in a batch of their route."""
    path = write(tmp_path / "one.jsonl", [{"id": 2}, {"id": 3}])
    route = {**echo_config["streams"][0], "batch": {"grouping": "array", "size": 10}}
    routes = [{**route, "stream": "collected"}, *echo_config["streams"]]
    messages = [
        schema("collected", ["id"]),
        schema("s", ["id"]),
        record("collected", {"id": 0}),
        record("s", {"id": 1}),
        record("collected", {"id": 1.5}),
        batch(path),
        record("s", {"id": 4}),
    ]

    assert run({**echo_config, "streams": routes}, messages).exit_code == 0

    assert [entry["body"] for entry in sandbox.log()] == [
        [{"id": 0}],
        {"id": 1},
        [{"id": 1.5}],
        {"id": 2},
        {"id": 3},
        {"id": 4},
    ]


def test_stream_maps(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], tmp_path: Path
) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1, "name": "jo", "secret": "x"}])
    properties = {**ID, "name": {"type": "string"}, "secret": {"type": "string"}}
    maps = {"s": {"name": "name.upper()", "secret": "__NULL__"}}

    run({**echo_config, "stream_maps": maps}, [schema("s", ["id"], properties), batch(path)])

    assert sandbox.log()[0]["body"] == {"id": 1, "name": "JO"}


def test_validation_and_keys(
    run: Run, echo_config: dict[str, Any], tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1}, {"id": "x"}, {}, {"id": 4}])
    messages = [schema("s", ["id"], ID), batch(path), state(4)]

    result = run({**echo_config, "on_error": "dead_letter"}, messages)

    assert result.exit_code == 0
    assert result.states == [4]
    assert arrived_ids() == [1, 4]
    assert result.warnings == [
        (
            "Set aside: line 2, one.jsonl line 2, stream s, record id=x: "
            "it does not fit its schema, id: 'x' is not of type 'integer'."
        ),
        (
            "Set aside: line 2, one.jsonl line 3, stream s, record id=None: "
            "it lacks an attribute of its key (id)."
        ),
    ]
    entries = Path(result.target.settings.dead_letter_path).read_text().splitlines()  # type: ignore[union-attr]
    assert [json.loads(each).get("record") for each in entries] == [None, {"id": "x"}, {}]
    assert {json.loads(each)["type"] for each in entries} == {"SCHEMA", "RECORD"}


def test_a_refused_record_stops_in_the_middle(
    sandbox: Sandbox, run: Run, echo_config: dict[str, Any], tmp_path: Path
) -> None:
    sandbox.faults([{"action": "status", "status": 422, "body": '"id":2'}])
    path = write(tmp_path / "one.jsonl", [{"id": 1}, {"id": 2}, {"id": 3}])

    result = run(echo_config, [schema("s", ["id"]), state("start"), batch(path), state(3)])

    assert result.problems == [
        "Line 3, one.jsonl line 2, stream s, record id=2: Groove answered 422: injected fault."
    ]
    assert result.states == ["start"]
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _spoilt(content: bytes) -> bytes:
    return content[:15] + b"x" * 10 + content[25:]


WHOLE = gzip.compress(b'{"id": 1}\n{"id": 2}\n' * 500)
BROKEN = {
    "a line that is no JSON": (b'{"id": 1}\n{oops\n', {}, "x line 2: not valid JSON in Unicode"),
    "a line that is no object": (b"[1]\n", {}, "x line 1: not a JSON object"),
    "a line that is no UTF-8": (b'{"id": "\xff"}\n', {}, "x line 1: not valid JSON in Unicode"),
    "plain, said to be gzip": (b'{"id": 1}\n', {"compression": "gzip"}, "Not a gzipped file"),
    "gzip, said to be plain": (WHOLE, {}, "x line 1: not valid JSON in Unicode"),
    "a gzip file that is cut": (_cut(WHOLE), {"compression": "gzip"}, "cannot be read ("),
    "a gzip file that is spoilt": (_spoilt(WHOLE), {"compression": "gzip"}, "cannot be read ("),
    "another compression": (b"", {"compression": "zip"}, "format 'jsonl', compression 'zip'"),
    "another format": (b"", {"format": "parquet"}, "format 'parquet', compression None"),
}


@pytest.mark.parametrize("content, encoding, reason", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_sentence(
    run: Run,
    echo_config: dict[str, Any],
    tmp_path: Path,
    content: bytes,
    encoding: dict[str, Any],
    reason: str,
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    messages: list[Message] = [
        schema("s", ["id"]),
        state("start"),
        batch(path, **encoding),
        state(1),
    ]

    result = run(echo_config, messages)

    assert result.exit_code == 1
    (problem,) = result.problems
    assert problem.startswith("Line 3, ")
    assert reason in problem
    assert "Traceback" not in problem
    assert problem.endswith(".")
    assert result.states == ["start"]


@pytest.mark.parametrize(
    "url, reason",
    [
        ("file:///nowhere/x.jsonl", "No such file or directory"),
        ("file:///", "Is a directory"),
        ("foo://x/y", "Unsupported filesystem"),
        ("/tmp/\x00x", "embedded null byte"),
    ],
)
def test_a_file_that_is_not_there_is_one_sentence(
    run: Run, echo_config: dict[str, Any], url: str, reason: str
) -> None:
    result = run(echo_config, [schema("s", ["id"]), batch(url)])

    (problem,) = result.problems
    assert problem.startswith("Line 2, stream s: the BATCH file ")
    assert "\x00" not in problem
    assert reason in problem


@pytest.mark.parametrize("lacking", ["encoding", "manifest"])
def test_a_batch_that_says_too_little(run: Run, echo_config: dict[str, Any], lacking: str) -> None:
    message = {name: each for name, each in batch("x").items() if name != lacking}

    result = run(echo_config, [schema("s", ["id"]), message])

    assert result.problems == ["Line 2, stream s: a BATCH needs encoding and manifest."]


def test_a_batch_before_its_schema(run: Run, echo_config: dict[str, Any], tmp_path: Path) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1}])

    result = run(echo_config, [batch(path)])

    assert result.problems == [
        "Line 1, one.jsonl line 1: a RECORD of stream s came before its SCHEMA."
    ]


def test_a_line_of_a_file_is_set_aside_like_any_other(
    run: Run, echo_config: dict[str, Any], tmp_path: Path, arrived_ids: Callable[[], list[Any]]
) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1}, "{oops", {"id": 3}])

    result = run(
        {**echo_config, "on_error": "dead_letter"}, [schema("s", ["id"]), batch(path), state(3)]
    )

    assert result.exit_code == 0
    assert result.states == [3]
    assert arrived_ids() == [1, 3]
    (warning,) = result.warnings
    assert warning.startswith("Set aside: line 2, one.jsonl line 2, ")


def test_the_place_in_a_file_is_forgotten_behind_it(
    run: Run, echo_config: dict[str, Any], tmp_path: Path
) -> None:
    path = write(tmp_path / "one.jsonl", [{"id": 1}])

    result = run(echo_config, [schema("s", ["id"]), batch(path), record("s", {})])

    assert result.problems[0].startswith("Line 3, stream s, record id=None: ")
