"""What cannot be used safely is refused with a sentence, and is left as it is."""

from __future__ import annotations

import builtins
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from target_groove.ledger import checks
from target_groove.ledger.errors import LedgerAddressError, LedgerError
from target_groove.ledger.known import VERSION
from target_groove.ledger.opening import open_database
from tests.ledger import children
from tests.ledger.children import add_counter, child, counter, said
from tests.ledger.conftest import Opener
from tests.ledger.files import add_and_close, beside, file_of, sentence
from tests.postgres import Server, running_server

FOREIGN = "CREATE TABLE target_groove_ledger (id INTEGER PRIMARY KEY, name TEXT)"


@pytest.mark.parametrize("statement", ["PRAGMA user_version = 1", "CREATE TABLE t (a)", FOREIGN])
def test_a_file_of_another_program(sqlite_url: str, statement: str) -> None:
    file = file_of(sqlite_url)
    file.parent.mkdir()
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.close()
    before = file.read_bytes()
    assert sentence(sqlite_url).startswith(f"{file} is a database of another program")
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["ledger.db"]


def test_tables_of_another_program(opened: Opener, postgres: Server, postgres_url: str) -> None:
    schema = postgres_url.partition("search_path%3D")[2]
    postgres.sql(FOREIGN.replace("target", f"{schema}.target", 1))
    assert "its table target_groove_ledger is missing or different" in sentence(postgres_url)
    postgres.sql(f"DROP TABLE {schema}.target_groove_ledger")
    opened(postgres_url).close()
    postgres.sql(f"ALTER TABLE {schema}.target_groove_runs DROP COLUMN boot")
    assert "(target_groove_runs.boot is missing)" in sentence(postgres_url)


@pytest.mark.parametrize(
    "change,reason",
    [
        ("DROP TABLE target_groove_requests", "target_groove_requests.account is missing"),
        ("DELETE FROM target_groove_ledger", "it does not say its version"),
        ("UPDATE target_groove_ledger SET value = 'x'", "it does not say its version"),
        (
            f"UPDATE target_groove_ledger SET value = '{VERSION + 1}' WHERE name = 'version'",
            f"its version is {VERSION + 1}, this program knows {VERSION}",
        ),
    ],
)
def test_tables_that_are_not_as_they_should_be(
    open_ledger: Opener, ledger_url: str, change: str, reason: str
) -> None:
    connection = open_ledger().connection
    connection.execute(change)
    assert reason in sentence(ledger_url)
    assert reason in sentence(ledger_url, read_only=True)


def test_no_count_of_writes(opened: Opener, sqlite_url: str) -> None:
    opened(sqlite_url).connection.execute("DELETE FROM target_groove_ledger WHERE name = 'writes'")
    assert "it does not say how often it was written" in sentence(sqlite_url)


def test_a_folder_or_a_pipe(tmp_path: Path) -> None:
    assert f"cannot be {tmp_path}, which is a folder" in sentence(f"sqlite:///{tmp_path}")
    os.mkfifo(tmp_path / "pipe")
    assert "which is no file" in sentence(f"sqlite:///{tmp_path}/pipe")
    (tmp_path / "file").write_text("x")
    assert "Not a directory" in sentence(f"sqlite:///{tmp_path}/file/ledger.db")


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Keep even root from changing a file or a folder."""
    change = shutil.which("chattr")
    if change is None or subprocess.run([change, "+i", path], check=False).returncode:
        pytest.skip("chattr +i does not work here")
    try:
        yield
    finally:
        subprocess.run([change, "-i", path], check=True)


def test_a_file_that_may_not_be_written(sqlite_url: str, ledger: Path) -> None:
    with immutable(ledger):
        assert "it, or its folder, may not be written" in sentence(sqlite_url)
        database = open_database(sqlite_url, read_only=True)
        assert counter(database) == 0
        database.close()
    beside(ledger, ".live").unlink()
    with immutable(ledger.parent):
        assert "cannot be used: " in sentence(sqlite_url)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    with immutable(tmp_path):
        for path in (tmp_path / "ledger.db", tmp_path / "more" / "ledger.db"):
            text = sentence(f"sqlite:///{path}")
            assert text.startswith(f"The delivery ledger {path} cannot be used: Operation not perm")


def test_a_user_who_may_not_read_it(sqlite_url: str, ledger: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    ledger.chmod(0o600)
    for folder in [ledger.parent, *ledger.parents][:3]:
        folder.chmod(0o755)
    program = (
        "import os, sys; from target_groove.ledger.opening import open_database\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534); open_database(sys.argv[1])"
    )
    done = run_python(program, sqlite_url)
    assert "target_groove.ledger.errors.LedgerError: The delivery ledger" in done.stderr
    assert "Permission denied" in done.stderr


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


def test_another_that_does_not_let_go(open_ledger: Opener, ledger_url: str) -> None:
    database = open_ledger(busy_timeout=0.2)
    add_counter(database)
    with child(children.keep_locked, ledger_url) as (_, pipe):
        said(pipe)
        with (
            pytest.raises(LedgerError, match=r"locked by another \w+ for more than 0.2 seconds"),
            database.write(durable=False) as cursor,
        ):
            cursor.execute(children.ADD)
        assert counter(database) == 0
        pipe.send("let go")
        with database.write(durable=False) as cursor:
            cursor.execute(children.ADD)


def test_another_that_does_not_let_go_of_the_whole_file(sqlite_url: str, ledger: Path) -> None:
    other = sqlite3.connect(ledger, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert "was locked by another process for more" in sentence(sqlite_url, busy_timeout=0.1)
    other.close()


def limited_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def write_until_full(pipe: Any, url: str) -> None:
    database = open_database(url)
    limited_files(200_000)
    number = 0
    try:
        while True:
            with database.write(durable=False) as cursor:
                cursor.execute(children.ADD)
                for _ in range(20):
                    cursor.execute(
                        "INSERT INTO target_groove_requests (id, account, run_id, begun_at)"
                        " VALUES (hex(randomblob(16)), 'a', 1, 1)"
                    )
            number += 1
    except LedgerError as error:
        pipe.send((number, str(error)))


def make_when_full(pipe: Any, url: str) -> None:
    limited_files(8192)
    try:
        open_database(url)
    except LedgerError as error:
        pipe.send(str(error))


def test_a_full_disk(sqlite_url: str) -> None:
    add_and_close(sqlite_url)
    with child(write_until_full, sqlite_url) as (_, pipe):
        number, text = said(pipe)
    assert "the disk may be full" in text
    database = open_database(sqlite_url)
    assert counter(database) == number > 0
    database.close()


def test_a_disk_that_is_full_from_the_start(sqlite_url: str) -> None:
    with child(make_when_full, sqlite_url) as (_, pipe):
        assert "the disk may be full" in said(pipe)
    assert not file_of(sqlite_url).exists()
    add_and_close(sqlite_url)


@pytest.mark.parametrize(
    "url,reason",
    [
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "none to turn the ledger off"),
        ("sqlite:///x.db?mode=ro", "only sqlite:///PATH can be used"),
        ("sqlite://host/x.db", "cannot be understood|only sqlite:///PATH can be used"),
        ("sqlite:///x\0.db", "only sqlite:///PATH can be used"),
        ("ledger.db", "ledger_url cannot be understood"),
        ("", "ledger_url cannot be understood"),
        ("mysql://u:geheim@h/d", r"mysql://u:\*\*\*@h/d, but a ledger can only be in"),
        ("postgresql+psycopg2://u:geheim@h/d", "a ledger can only be in"),
        ("postgresql://u:geheim@h:port/d", "ledger_url cannot be understood"),
        ("postgresql://u:geheim@127.0.0.1:1/d", "[Cc]onnection refused"),
        ("postgres://127.0.0.1:1/d?password=geheim&user=u", "[Cc]onnection refused"),
        ("postgresql://u:geheim@127.0.0.1:1/d?nonsense=1", "invalid connection option"),
    ],
)
def test_urls_that_cannot_be_used(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    with pytest.raises(LedgerError, match=reason) as caught:
        open_database(url)
    assert "geheim" not in str(caught.value)
    assert "geheim" not in str(caught.value.__cause__)
    assert "\n" not in str(caught.value)


def test_a_wrong_password(postgres: Server, postgres_url: str) -> None:
    text = sentence(postgres_url.replace(postgres.password, "geheim"))
    assert "password authentication failed" in text
    assert text.endswith(
        "; correct user and password in ledger_url, in ~/.pgpass or in PGPASSWORD."
    )
    assert "geheim" not in text


def test_a_database_or_a_schema_that_is_not_there(postgres: Server) -> None:
    text = sentence(f"{postgres.url.rpartition('/')[0]}/nosuch")
    assert text.endswith(
        '"nosuch" does not exist; make that database (createdb), or correct ledger_url.'
    )
    text = sentence(f"{postgres.url}?options=-csearch_path%3Dnosuch")
    assert "no schema has been selected to create in; GRANT CREATE, USAGE ON SCHEMA to" in text


def test_a_user_who_may_make_no_tables(postgres: Server, postgres_url: str) -> None:
    schema = postgres_url.partition("search_path%3D")[2]
    postgres.sql(f"CREATE USER poor PASSWORD 'geheim'; GRANT USAGE ON SCHEMA {schema} TO poor")
    place = postgres_url.rpartition("@")[2]
    text = sentence(f"postgresql://poor:geheim@{place}")
    assert f"permission denied for schema {schema}; GRANT CREATE, USAGE ON SCHEMA to" in text
    postgres.sql(f"REVOKE ALL ON SCHEMA {schema} FROM poor; DROP USER poor")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geheim@PIECE@127.0.0.1:1/d",
        "postgresql://u:geheim@PIECE/x@127.0.0.1:1/d?y=1",
        "postgresql://u:geheim@PIE?x=CE@127.0.0.1:1/d",
        "postgresql://me@PIECE:geheim@127.0.0.1:1/d",
    ],
)
def test_a_password_with_an_at_sign_is_not_shown(url: str) -> None:
    with pytest.raises(LedgerAddressError) as caught:
        open_database(url)
    assert str(caught.value).startswith("ledger_url (postgresql://***@127.0.0.1:1/d) has more than")
    assert caught.value.exit_code == 2


def test_the_errors_of_a_file_say_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    error = PermissionError(13, "Permission denied", f"{path}.live")
    assert str(checks.sentence_of_system(error, path)) == (
        f"The delivery ledger {path} cannot be used: Permission denied: {path}.live; make the file "
        f"and the folder {tmp_path} writable, or set another ledger_url."
    )
    full = OSError(28, "No space left on device", f"{path}.new")
    assert str(checks.sentence_of_system(full, path)).endswith("; make room on it, then run again.")


def test_a_removed_ledger_with_several_files_left(sqlite_url: str, ledger: Path) -> None:
    ledger.unlink()
    assert f"but {ledger}.live is still there" in sentence(sqlite_url)
    beside(ledger, "-wal").touch()
    beside(ledger, "-shm").touch()
    text = sentence(sqlite_url)
    assert f"but {ledger}.live, {ledger}-wal and {ledger}-shm are still there; " in text
    assert "or remove these files as well to begin a new ledger" in text


def test_damage_is_said_without_the_words_of_sqlite(sqlite_url: str, ledger: Path) -> None:
    whole = bytearray(ledger.read_bytes())
    whole[5 * 4096 : 6 * 4096] = os.urandom(4096)
    ledger.write_bytes(whole)
    assert "***" not in sentence(sqlite_url)


def test_psycopg_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    really: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "psycopg":
            raise ImportError
        return really(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'target-groove[postgres]'" in sentence("postgresql://h/d")


_GONE = "terminating connection .*; run again when it is back; nothing that was not delivered was"


def test_a_server_that_dies(postgres: Server) -> None:
    with running_server(postgres.programs) as server:
        database = open_database(server.url)
        add_counter(database)
        run_id = database.liveness.begin()
        pid = database.connection.info.backend_pid
        other = open_database(server.url)
        server.sql(f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(LedgerError, match=_GONE), database.read():
            pass
        assert not other.liveness.is_alive(run_id)
        with pytest.raises(LedgerError, match="connection is closed"):
            database.liveness.end()
        database.close()
    for use in (other.liveness.begin, lambda: other.liveness.is_alive(3), lambda: counter(other)):
        with pytest.raises(LedgerError):
            use()
    other.close()
    assert "onnection refused" in sentence(server.url)
    with suppress(LedgerError):
        open_database(server.url)
