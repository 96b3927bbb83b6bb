"""The dead-letter file as the input: what is delivered leaves it, all else stays."""

from __future__ import annotations

import io
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from target_groove.checkpoints import Checkpoints
from target_groove.errors import DeliveryError
from target_groove.outputs.dead_letters import DeadLetters
from target_groove.replay import Replay
from tests.outputs.letters import REFUSAL, add, entries, plain_reader, rows, source
from tests.processes import ECHO, Loader, eventually
from tests.runs import record, schema

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox


def test_what_was_set_aside_is_delivered_when_the_cause_is_mended(
    sandbox: Sandbox, loader: Loader, path: Path, tmp_path: Path
) -> None:
    sandbox.faults([{**REFUSAL, "body": '"id":2'}])
    assert loader(rows(1, 2, 3)).exit_code == 0
    sandbox.faults([])
    elsewhere = path.rename(tmp_path / "again.singer")

    done = loader(arguments=["--input", str(elsewhere)])

    assert done.exit_code == 0
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2, 3, 2]
    assert elsewhere.exists()
    assert not path.exists()


def test_the_file_itself_can_be_the_input(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """What is delivered vanishes, what is rejected again stays."""
    sandbox.faults([REFUSAL])
    loader(rows(1, 2, 3))
    sandbox.faults([{**REFUSAL, "body_text": '{"error": "still no"}', "body": '"id":2'}])

    done = loader(arguments=["--input", str(path)])

    assert done.exit_code == 0
    assert "2 delivered, 1 rejected" in done.last_line
    assert plain_reader(path) == [("s", {"id": 2})]
    assert entries(path)[1]["dead_letter"]["reason"] == "Groove answered 422: still no"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*path.parent.glob("dead*")] == [path]


def test_when_all_is_delivered_the_file_is_gone(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    sandbox.faults([REFUSAL])
    loader(rows(1, 2))
    sandbox.faults([])

    assert loader(arguments=["--input", str(path)]).exit_code == 0

    assert [*path.parent.glob("dead*")] == []


def test_it_can_come_on_stdin(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """Then the file is left as it is, and grows."""
    sandbox.faults([REFUSAL])
    loader(rows(1))
    before = path.read_bytes()

    loader(before.splitlines())

    assert path.read_bytes().startswith(before)
    assert plain_reader(path) == [("s", {"id": 1})] * 2


def test_lines_that_were_no_messages_stay(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """Nothing can deliver them, and a catch-all route must not try."""
    loader([*rows(1), b"{oops"])
    before = entries(path)

    done = loader(arguments=["--input", str(path)], config={"unmapped_streams": "fail"})

    assert done.exit_code == 0
    assert entries(path) == before
    assert len(sandbox.log()) == 1


def test_records_without_a_route_stay(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    sandbox.faults([REFUSAL])
    loader([*rows(1), *rows(2, stream="t")])
    sandbox.faults([])

    done = loader(arguments=["--input", str(path)], config={"streams": [{**ECHO, "stream": "t"}]})

    assert done.exit_code == 0
    assert plain_reader(path) == [("s", {"id": 1})]
    assert entries(path)[1]["dead_letter"]["reason"] == "Groove answered 422: no"


def test_what_others_add_during_a_replay_is_kept(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    """Also from a process that wrote its SCHEMA before, and goes on after the replay."""
    sandbox.faults([REFUSAL])
    other = DeadLetters(str(path))
    loader(rows(1))
    add(other, source(10), source(11, stream="t"))
    # The last batch leaves when the file has been read to its end.
    sandbox.faults([{"action": "delay", "seconds": 0.5, "body": '"id":11'}])
    route = {**ECHO, "batch": {"grouping": "array"}}
    with loader.start(arguments=["--input", str(path)], config={"streams": [route]}) as live:
        eventually(lambda: sandbox.log()[-1]["body"] == [{"id": 11}])
        add(other, source(12), source(13, stream="t"))
        assert live.finish().exit_code == 0

    assert plain_reader(path) == [("s", {"id": 12}), ("t", {"id": 13})]
    add(other, source(14), source(15, stream="t"))
    assert [row["id"] for _, row in plain_reader(path)] == [12, 13, 14, 15]


def test_what_is_added_while_the_file_is_read_is_read_too(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    add(DeadLetters(str(path)), source(1))
    sandbox.faults([{"action": "delay", "seconds": 0.5, "at": [1]}])
    config = {"batch_size_rows": 1}
    with loader.start(arguments=["--input", str(path)], config=config) as live:
        eventually(sandbox.log)
        add(DeadLetters(str(path)), source(2))
        assert live.finish().exit_code == 0

    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]
    assert not path.exists()


def test_others_go_on_when_the_file_is_gone(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    other = DeadLetters(str(path))
    add(other, source(1))
    assert loader(arguments=["--input", str(path)]).exit_code == 0
    assert not path.exists()

    add(other, source(2))

    assert plain_reader(path) == [("s", {"id": 2})]
    assert len(sandbox.log()) == 1


def test_a_torn_line_does_not_keep_the_others_from_being_replayed(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    add(DeadLetters(str(path)), source(1), source(2))
    with path.open("ab") as file:
        file.write(b'{"type": "REC')

    done = loader(arguments=["--input", str(path)], config={"on_error": "fail"})

    assert done.exit_code == 0
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]
    assert not path.exists()


def test_a_replay_beside_which_nothing_can_be_written(path: Path) -> None:
    letters = DeadLetters(str(path))
    add(letters, source(1))
    path.with_name(f"{path.name}.new").mkdir()

    with path.open() as file:
        replay = Replay.of(file, letters, Checkpoints())
        assert replay is not None
        with pytest.raises(DeliveryError, match="cannot be written"), replay:
            pass

    assert plain_reader(path) == [("s", {"id": 1})]


def test_what_a_crashed_replay_left_is_not_taken_for_rejected(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    add(DeadLetters(str(path)), source(1))
    add(DeadLetters(f"{path}.new"), source(99))

    assert loader(arguments=["--input", str(path)]).exit_code == 0

    assert [*path.parent.glob("dead*")] == []
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1]


# Under whatever name


def test_it_can_be_redirected(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """It neither grows without end nor is it left as it was."""
    add(DeadLetters(str(path)), source(1), source(2))
    sandbox.faults([{**REFUSAL, "body": '"id":2'}])

    with path.open("rb") as file:
        done = subprocess.run(
            loader.command(), stdin=file, capture_output=True, cwd=loader.folder, check=False
        )

    assert done.returncode == 0, done.stderr
    assert [row["id"] for _, row in plain_reader(path)] == [2]
    assert len(sandbox.log()) == 2


@pytest.mark.usefixtures("sandbox")
def test_what_was_read_before_stays(loader: Loader, path: Path) -> None:
    """A shell may read lines of its standard input before it hands it on."""
    add(DeadLetters(str(path)), source(1), source(2, more={}), source(3, more={}))
    first = b"".join(path.read_bytes().splitlines(keepends=True)[:2])

    with path.open("rb", buffering=0) as file:
        file.seek(len(first))
        done = subprocess.run(
            loader.command(), stdin=file, capture_output=True, cwd=loader.folder, check=False
        )

    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == first


def test_a_link_stays_a_link(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    real = path.parent / "kept" / "real.jsonl"
    add(DeadLetters(str(real)), source(1), source(2))
    path.symlink_to(real)
    spelled = real.parent / ".." / "kept" / "real.jsonl"
    sandbox.faults([{**REFUSAL, "body": '"id":2'}])

    assert loader(arguments=["--input", str(spelled)]).exit_code == 0

    assert path.is_symlink()
    assert [row["id"] for _, row in plain_reader(real)] == [2]
    assert [*real.parent.iterdir()] == [real]


def test_a_file_that_was_moved_away_meanwhile(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """It is not touched; what was rejected goes to the one that is there now."""
    add(DeadLetters(str(path)), source(1), source(2))
    sandbox.faults([{**REFUSAL, "body": '"id":1'}, {"action": "delay", "seconds": 0.5}])
    with loader.start(arguments=["--input", str(path)]) as live:
        eventually(lambda: len(sandbox.log()) == 2)
        moved = path.rename(path.with_name("moved"))
        add(DeadLetters(str(path)), source(7))
        assert live.finish().exit_code == 0

    assert [row["id"] for _, row in plain_reader(moved)] == [1, 2]
    assert [row["id"] for _, row in plain_reader(path)] == [7, 1]
    assert not path.with_name(f"{path.name}.new").exists()


def test_an_object_without_a_descriptor_is_no_replay(path: Path) -> None:
    letters = DeadLetters(str(path))
    for source_ in (None, object(), io.BytesIO(b"")):
        assert Replay.of(cast("Any", source_), letters, Checkpoints()) is None


# One at a time


def test_a_second_replay_is_refused(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    add(DeadLetters(str(path)), source(1), source(2))
    sandbox.faults([{**REFUSAL, "body": '"id":1'}, {"action": "delay", "seconds": 1.5}])
    with loader.start(arguments=["--input", str(path)]) as live:
        eventually(lambda: len(sandbox.log()) == 2)
        # However slow the machine is: the first is at work as long as the second lives.
        live.process.send_signal(signal.SIGSTOP)
        second = loader(arguments=["--input", str(path)])
        live.process.send_signal(signal.SIGCONT)
        assert live.finish().exit_code == 0

    assert second.exit_code == 1
    assert "Another run replays the dead-letter file" in second.last_line
    assert [row["id"] for _, row in plain_reader(path)] == [1]
    assert len(sandbox.log()) == 2


def test_a_file_that_another_replay_replaced_is_refused(path: Path) -> None:
    """Its records are delivered already."""
    letters = DeadLetters(str(path))
    add(letters, source(1))
    with path.open() as before_detection, path.open() as before_begin:
        replay = Replay.of(before_begin, letters, Checkpoints())
        assert replay is not None
        path.unlink()
        add(letters, source(2))

        with pytest.raises(DeliveryError, match="replaced by another replay"), replay:
            pass
        with pytest.raises(DeliveryError, match="replaced by another replay"):
            Replay.of(before_detection, letters, Checkpoints())

    assert [*path.parent.glob("dead*")] == [path]


# Nothing in it is lost


def test_no_line_is_too_long(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    """An entry is longer than the record that was let in."""
    sandbox.faults([REFUSAL])
    limit = {"max_record_bytes": 5_000}
    loader([schema("s", ["id"]), record("s", {"id": 1, "pad": "x" * 4_800})], config=limit)
    assert len(path.read_bytes().splitlines()[1]) > 5_000
    sandbox.faults([])

    assert loader(arguments=["--input", str(path)], config=limit).exit_code == 0

    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 1]
    assert not path.exists()


def test_lines_that_cannot_be_read_stay_as_they_are(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    add(DeadLetters(str(path)), source(1))
    with path.open("ab") as file:
        file.write(b"{oops \xff\n\n")
    add(DeadLetters(str(path)), source(2))

    done = loader(arguments=["--input", str(path)])

    assert done.exit_code == 0
    assert "Line 3 stays in the dead-letter file" in done.stderr
    assert path.read_bytes() == b"{oops \xff\n"
    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]


def test_a_last_line_that_an_editor_left_without_its_end(
    sandbox: Sandbox, loader: Loader, path: Path
) -> None:
    add(DeadLetters(str(path)), source(1), source(2))
    path.write_bytes(path.read_bytes().rstrip())

    assert loader(arguments=["--input", str(path)]).exit_code == 0

    assert [entry["body"]["id"] for entry in sandbox.log()] == [1, 2]


def test_the_file_keeps_its_mode(sandbox: Sandbox, loader: Loader, path: Path) -> None:
    add(DeadLetters(str(path)), source(1))
    path.chmod(0o640)
    sandbox.faults([REFUSAL])

    assert loader(arguments=["--input", str(path)]).exit_code == 0

    assert path.stat().st_mode & 0o777 == 0o640
