"""Which file a connection to SQLite has open: the one at its path, or one that is gone.

A file that is removed or replaced stays readable and writable for whoever has it open. The service
would go on showing profiles that were deleted with it, and a run would acknowledge what it wrote to
nowhere.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

_FILE: Final = "target_groove.file"


def follow_file(engine: Engine, path: Path) -> None:
    """Let an engine connect anew when another file is at its path, and never make one.

    Args:
        engine: Of SQLite.
        path: Where its file is.
    """
    absolute = str(path.absolute())

    def keep_from_making(_dialect: Any, _record: Any, arguments: list[Any], named: Any) -> None:
        arguments[0] = f"file:{quote(absolute)}?mode=rw"
        named["uri"] = True

    def remember(_connection: Any, record: Any) -> None:
        record.info[_FILE] = _identity(absolute)

    def compare(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info[_FILE] != _identity(absolute):
            raise DisconnectionError

    event.listen(engine, "do_connect", keep_from_making)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path takes three times as long, for each question
    except OSError:
        return None
    return found.st_dev, found.st_ino
