"""Starts runs quickly: imports the program once, and forks a process for each run.

A child of its own: python -m tests.faults.nursery. It reads orders from stdin, a JSON object a
line, and says on stdout which process began and how each ended. It never runs a thread, so that
its forks are as good as new processes.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
from typing import Any, Final, NoReturn

from tests.faults.killed import run

_NEEDED: Final = (
    "target_groove.cli",
    "target_groove.target",
    "target_groove.commands.ledger",
    "target_groove.ledger.postgres",
    "jsonschema_rs",
    "psycopg",
    "rich.table",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)
"""Whatever a run or `ledger list` would import after the fork."""


def main() -> None:
    """Serve until stdin ends."""
    for module in _NEEDED:
        importlib.import_module(module)
    # What is imported stays shared with the forks, which need not copy it when they count.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, lambda *_: None)
    ended, ending = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(ending, False)
    signal.set_wakeup_fd(ending)
    waiting = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_the_dead()
        if 0 in ready:
            chunk = os.read(0, 65_536)
            if not chunk:
                return
            *orders, waiting = (waiting + chunk).split(b"\n")
            for order in orders:
                _begin(json.loads(order))


def _begin(order: dict[str, Any]) -> None:
    pid = os.fork()
    if not pid:
        _be_the_program(order)
    _say({"order": order["order"], "began": pid})


def _tell_the_dead() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _say({"ended": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _be_the_program(order: dict[str, Any]) -> NoReturn:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environment"])
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        for number, name, how in (
            (0, "stdin", os.O_RDONLY),
            (1, "stdout", flags),
            (2, "stderr", flags),
        ):
            opened = os.open(order[name], how, 0o600)
            os.dup2(opened, number)
            os.close(opened)
        sys.argv = ["target-groove", *order["arguments"]]
        try:
            run()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
