"""A ledger that is damaged or not whole is refused, and left as it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from target_groove.ledger import checks
from target_groove.ledger.errors import LedgerError
from target_groove.ledger.opening import open_database
from tests.ledger import children
from tests.ledger.children import add_counter, child, counter, said
from tests.ledger.conftest import Opener
from tests.ledger.files import COUNTED, add_counter_again, beside, file_of, sentence


@pytest.mark.parametrize("with_lock_file", [True, False])
def test_a_file_that_was_cut_off(sqlite_url: str, ledger: Path, *, with_lock_file: bool) -> None:
    whole = ledger.read_bytes()
    if not with_lock_file:
        beside(ledger, ".live").unlink()
    for length in range(0, len(whole), 512):
        ledger.write_bytes(whole[:length])
        assert f"The delivery ledger {ledger} is damaged or no ledger" in sentence(sqlite_url)
        assert ledger.read_bytes() == whole[:length]
    ledger.write_bytes(whole)
    open_database(sqlite_url).close()


def test_a_large_file_that_was_cut_off(
    sqlite_url: str, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CHECKED_UP_TO_BYTES", 0)
    whole = ledger.read_bytes()
    for length in range(0, len(whole), 512):
        ledger.write_bytes(whole[:length])
        assert "is damaged or no ledger" in sentence(sqlite_url)


def test_a_file_that_was_cut_off_beside_its_log(
    sqlite_url: str, killed: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(killed.parent, kept)
    for length in range(0, killed.stat().st_size, 512):
        shutil.copytree(kept, killed.parent, dirs_exist_ok=True)
        os.truncate(killed, length)
        try:
            database = open_database(sqlite_url)
        except LedgerError:
            continue
        # What was cut off is in the log as well.
        assert counter(database) >= COUNTED
        assert database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()


def test_a_log_that_was_cut_off(sqlite_url: str, killed: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(killed.parent, kept)
    log = beside(killed, "-wal")
    lengths = [*range(0, log.stat().st_size, 512), None]
    refused = 0
    for length in lengths:
        shutil.copytree(kept, killed.parent, dirs_exist_ok=True)
        if length is None:
            log.unlink()
        else:
            os.truncate(log, length)
        try:
            database = open_database(sqlite_url)
        except LedgerError as error:
            refused += "lost its last writes" in str(error)
        else:
            # Cut off is what was being committed when it was killed.
            assert counter(database) >= COUNTED
            database.close()
    assert refused > 8 * COUNTED
    assert "lost its last writes" in sentence(sqlite_url)
    beside(killed, ".live").unlink()
    open_database(sqlite_url).close()


def test_what_a_power_loss_takes_is_no_reason_to_refuse(sqlite_url: str, ledger: Path) -> None:
    with child(children.count_and_stay, sqlite_url) as (_, pipe):
        pipe.send(COUNTED)
        assert said(pipe) == "counted"
    live = beside(ledger, ".live")
    boot, writes, durable = live.read_text().split()
    assert int(durable) < int(writes)
    live.write_text(f"{'f' * len(boot)} {writes[:-4]}9999 {durable}\n")
    database = open_database(sqlite_url)
    add_counter_again(database)
    database.close()
    assert live.read_text().split()[0] == boot
    assert int(live.read_text().split()[1]) <= int(writes) + 2


def test_what_was_safe_from_a_power_loss_must_be_there(sqlite_url: str, killed: Path) -> None:
    live = beside(killed, ".live")
    boot, writes, durable = live.read_text().split()
    live.write_text(f"{'f' * len(boot)} {writes} {durable[:-4]}9999\n")
    assert "lost its last writes" in sentence(sqlite_url)


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 79, "\0" * 79])
def test_a_lock_file_without_sense_is_put_right(sqlite_url: str, ledger: Path, text: str) -> None:
    live = beside(ledger, ".live")
    live.write_text(text)
    database = open_database(sqlite_url)
    add_counter_again(database)
    database.close()
    assert len(live.read_text()) == 79
    assert live.read_text().split()[1].endswith("3")


def test_an_older_copy(sqlite_url: str, ledger: Path, tmp_path: Path) -> None:
    shutil.copy(ledger, tmp_path / "backup")
    database = open_database(sqlite_url)
    add_counter_again(database)
    database.close()
    shutil.copy(tmp_path / "backup", ledger)
    assert f"or remove {ledger}.live to go on without" in sentence(sqlite_url)


def test_a_ledger_that_was_removed(sqlite_url: str, killed: Path) -> None:
    killed.unlink()
    assert "was removed, but" in sentence(sqlite_url)
    for end in (".live", "-shm"):
        beside(killed, end).unlink()
    assert f"or remove {killed}-wal as well to begin a new ledger" in sentence(sqlite_url)
    assert not killed.exists()
    beside(killed, "-wal").unlink()
    database = open_database(sqlite_url)
    assert database.was_created
    database.close()


def test_a_ledger_that_is_removed_while_it_is_open(opened: Opener, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    file_of(sqlite_url).unlink()
    with pytest.raises(LedgerError, match=r"ledger\.db was removed or replaced while"):
        add_counter(database)


@pytest.mark.parametrize("length", [1, 99, 100, 512, 4096, 70_000])
def test_garbage(sqlite_url: str, length: int) -> None:
    file = file_of(sqlite_url)
    file.parent.mkdir()
    garbage = os.urandom(length)
    file.write_bytes(garbage)
    assert "is damaged or no ledger at all" in sentence(sqlite_url)
    assert file.read_bytes() == garbage
    assert [each.name for each in file.parent.iterdir()] == ["ledger.db"]


def test_bytes_in_the_middle_that_are_garbage(sqlite_url: str, ledger: Path) -> None:
    whole = bytearray(ledger.read_bytes())
    whole[5 * 4096 : 6 * 4096] = os.urandom(4096)
    ledger.write_bytes(whole)
    assert "is damaged" in sentence(sqlite_url)


def test_the_count_never_goes_backwards(opened: Opener, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    add_counter(database)
    live = beside(file_of(sqlite_url), ".live")
    with child(children.note_late, sqlite_url) as (_, pipe):
        assert said(pipe) == 2
        opened(sqlite_url).close()
        add_counter_again(database)
        assert [int(each) for each in live.read_text().split()[1:]] == [3, 0]
        pipe.send("go")
        assert said(pipe) == "noted"
    assert [int(each) for each in live.read_text().split()[1:]] == [3, 2]
