"""Records that were set aside: in a Singer file that can be the input of the next run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.errors import DeliveryError
from target_groove.outputs.dead_letters import UNREADABLE_STREAM, DeadLetters
from tests.outputs.letters import ID, REFUSAL, add, entries, plain_reader, rows, source
from tests.processes import ECHO, PATIENCE, Loader
from tests.runs import record, schema, state

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.sandbox import Sandbox
    from tests.conftest import Run


# What is in it


def test_an_entry(sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path) -> None:
    sandbox.faults([REFUSAL])
    message = {**record("s", {"id": 1, "n": None}), "time_extracted": "2026-02-03T10:15:00Z"}

    run(settings, [schema("s", ["id"], ID), message])

    assert entries(path) == [
        schema("s", ["id"], ID),
        {
            **message,
            "dead_letter": {
                "reason": "Groove answered 422: no",
                "set_aside_at": pytest.approx(time.time(), abs=100),
                "request": {
                    "method": "POST",
                    "url": f"{sandbox.api_url}/echo/x",
                    "headers": {"Authorization": "Bearer ***"},
                    "body": {"id": 1, "n": None},
                },
            },
        },
    ]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_record_is_kept_as_it_was_read(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    """Before stream maps, digit for digit; the next run maps it again."""
    sandbox.faults([REFUSAL])
    properties = {**ID, "n": {"type": "number"}, "name": {"type": "string"}}
    line = b'{"type":"RECORD","stream":"s","record":{"id":1,"n":1.10,"name":"jo"}}'
    maps = {"s": {"__alias__": "t", "name": "name.upper()", "n": "n"}}

    run({**settings, "stream_maps": maps}, [schema("s", ["id"], properties), line])

    schema_line, record_line = path.read_bytes().splitlines()
    assert record_line.startswith(line[:-1] + b',"dead_letter":')
    assert json.loads(schema_line) == schema("s", ["id"], properties)


def test_it_is_valid_singer_input(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])
    other = schema("s", ["id"], {**ID, "more": {}})

    run(settings, [*rows(1, 2), *rows(3, stream="t"), other, *rows(4)[1:], b"{oops"])

    found = plain_reader(path)
    assert [stream for stream, _ in found] == ["s", "s", "t", "s", UNREADABLE_STREAM]
    assert [each["schema"] for each in entries(path) if each["type"] == "SCHEMA"][2] == other[
        "schema"
    ]


def test_every_run_begins_with_its_schemas(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])

    run(settings, rows(1, 2))
    run(settings, rows(3))

    assert [each["type"] for each in entries(path)] == [
        "SCHEMA",
        "RECORD",
        "RECORD",
        "SCHEMA",
        "RECORD",
    ]


def test_the_records_of_a_batch_are_single_entries(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path
) -> None:
    sandbox.faults([REFUSAL])
    route = {**ECHO, "batch": {"grouping": "array", "size": 2}}

    run({**settings, "streams": [route]}, rows(1, 2))

    assert plain_reader(path) == [("s", {"id": 1}), ("s", {"id": 2})]
    for each in entries(path)[1:]:
        assert each["dead_letter"]["request"]["body"] is None
        assert each["dead_letter"]["request"]["records_in_request"] == 2


def test_without_rejections_there_is_no_file(
    run: Run, settings: dict[str, Any], path: Path
) -> None:
    run(settings, rows(1))

    assert not path.exists()


# Several writers, crashes, and places that cannot be written


WRITER = """
import sys
sys.path.insert(0, ".")
from target_groove.outputs.dead_letters import DeadLetters
from tests.outputs.letters import source
letters = DeadLetters(sys.argv[1])
for number in range(100):
    each = source(number, stream=sys.argv[2], pad={"x": "y" * 3000})
    letters.add([each], {"reason": "no"})
"""


def test_processes_append_at_once(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), stream]) for stream in "stuv"
    ]

    assert [each.wait(PATIENCE) for each in writers] == [0] * 4

    found = plain_reader(path)
    assert len(found) == 400
    for stream in "stuv":
        assert [row["id"] for name, row in found if name == stream] == [*range(100)]


def test_a_schema_is_repeated_where_somebody_else_wrote_in_between(path: Path) -> None:
    one, two = DeadLetters(str(path)), DeadLetters(str(path))
    add(one, source(1), source(2))
    add(two, source(3, more={}))
    add(one, source(4))

    kinds = [each["type"][0] for each in entries(path)]
    assert kinds == ["S", "R", "R", "S", "R", "S", "R"]
    assert entries(path)[5] == entries(path)[0]


@pytest.mark.parametrize("torn", [b"{", b'{"type": "RECORD", "stream": "s"', b"x" * 3_000_000])
@pytest.mark.parametrize("whole", [0, 2])
def test_a_torn_line_is_cut(path: Path, torn: bytes, whole: int) -> None:
    """A crash while it was written; its record was never acknowledged."""
    add(DeadLetters(str(path)), *(source(each) for each in range(whole)))
    with path.open("ab") as file:
        file.write(torn)

    add(DeadLetters(str(path)), source(5))

    assert [row["id"] for _, row in plain_reader(path)] == [*range(whole), 5]


def test_an_entry_is_on_the_disk_before_it_is_acknowledged(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    sandbox.faults([REFUSAL])
    with loader.start() as live:
        live.send(*rows(1), state({"seen": 1}))
        assert live.next_line() == b'{"seen":1}'
        live.signal(signal.SIGKILL)
        live.ended()

    assert plain_reader(path) == [("s", {"id": 1})]


def test_folders_are_made(sandbox: Sandbox, run: Run, settings: dict[str, Any], path: Path) -> None:
    sandbox.faults([REFUSAL])
    deep = path.parent / "a" / "b" / "dead.jsonl"

    assert run({**settings, "dead_letter_path": str(deep)}, rows(1)).exit_code == 0

    assert plain_reader(deep) == [("s", {"id": 1})]


def unwritable(folder: Path) -> Iterable[tuple[Path, str]]:
    (folder / "file").write_text("x")
    (folder / "folder").mkdir()
    yield folder / "file" / "dead.jsonl", "Not a directory"
    yield folder / "file" / "deeper" / "dead.jsonl", "Not a directory"
    yield folder / "folder", "Is a directory"
    yield folder / ("x" * 300), "File name too long"
    yield Path("/dev/full"), "No space left on device"


def test_a_place_that_cannot_be_written(
    sandbox: Sandbox, run: Run, settings: dict[str, Any], tmp_path: Path
) -> None:
    """One sentence, and no STATE behind the record."""
    sandbox.faults([REFUSAL])
    for place, reason in unwritable(tmp_path):
        result = run({**settings, "dead_letter_path": str(place)}, [*rows(1), state(1)])

        assert result.problems == [
            (
                f"The dead-letter file {place} cannot be written ({reason}); "
                "mend that or set dead_letter_path."
            )
        ]
        assert result.exit_code == 1
        assert result.states == []


@pytest.mark.parametrize(
    "who", [{}, {"on_error": "fail", "streams": [{**ECHO, "on_error": "dead_letter"}]}]
)
@pytest.mark.parametrize(
    "place,problem",
    [
        ("", "dead_letter_path is empty; it must name a file."),
        ("a\0b", "dead_letter_path contains a NUL character; it must name a file."),
        (
            "/",
            (
                "The dead-letter file / cannot be written (Is a directory); "
                "mend that or set dead_letter_path."
            ),
        ),
    ],
)
def test_a_place_that_is_none_is_found_before_anything_is_sent(
    sandbox: Sandbox,
    run: Run,
    settings: dict[str, Any],
    place: str,
    problem: str,
    who: dict[str, Any],
) -> None:
    result = run({**settings, **who, "dead_letter_path": place}, rows(1))

    assert result.problems == [problem]
    assert sandbox.log() == []


def test_who_sets_nothing_aside_needs_no_place(run: Run, settings: dict[str, Any]) -> None:
    assert run({**settings, "on_error": "fail", "dead_letter_path": "/"}, rows(1)).exit_code == 0


def test_a_folder_without_permission(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.raises(DeliveryError, match="Permission denied"):
        DeadLetters(str(path)).check()


def test_a_check_makes_nothing(path: Path) -> None:
    DeadLetters(str(path.parent / "a" / "b" / "c")).check()

    assert [*path.parent.iterdir()] == []


def test_the_name_of_a_new_file_is_durable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder is synchronised once, when the file or a folder is made."""
    synced: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda it: synced.append(str(Path(f"/proc/self/fd/{it}").readlink()))
    )
    letters = DeadLetters(str(path.parent / "deep" / "file"))

    add(letters, source(1))
    add(letters, source(2))

    file = str(letters.real_path)
    folder = path.parent.resolve()
    assert synced == [str(folder), file, f"{folder}/deep", file]
