"""The records of a BATCH message, one by one from its files."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, Final, cast

from upath import UPath

from target_groove.errors import InputError
from target_groove.lines import Line, read_file_lines

# Besides files that are missing: an archive that is cut or broken, and a storage that is unknown or
# whose driver is not installed.
_UNREADABLE: Final = (OSError, EOFError, zlib.error, ValueError, ImportError)
_COMPRESSIONS: Final = (None, "none", "gzip")


def read_batch_files(
    message: Mapping[str, Any], where: str, *, max_bytes: int, storage_root: str | None = None
) -> Iterator[tuple[str, Line]]:
    """Read the lines of the files that a BATCH message points to.

    Args:
        message: The BATCH message, with `encoding` and `manifest`.
        where: Where the message stands, for the sentence.
        max_bytes: Of a longer line only the beginning is kept in memory.
        storage_root: Where the files are, if not where the manifest says (the SDK's setting
            `batch_config.storage.root`).

    Yields:
        The name of a file, and one of its lines, which should be a record.

    Raises:
        InputError: A file is missing or not what the message says.
    """
    encoding = message.get("encoding")
    manifest = message.get("manifest")
    if not isinstance(encoding, Mapping) or not isinstance(manifest, list):
        msg = f"{where}: a BATCH needs encoding and manifest."
        raise InputError(msg)
    compression = encoding.get("compression")
    if encoding.get("format") != "jsonl" or compression not in _COMPRESSIONS:
        msg = (
            f"{where}: BATCH files of format {encoding.get('format')!r}, compression "
            f"{compression!r} cannot be read; jsonl, plain or gzip, can."
        )
        raise InputError(msg)
    for url in manifest:
        try:
            path = UPath(str(url))
            path = UPath(storage_root) / path.name if storage_root else path
            for line in _read_file(path, max_bytes, compressed=compression == "gzip"):
                yield path.name, line
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"{where}: the BATCH file {url!r} cannot be read ({reason})."
            raise InputError(msg) from error


def _read_file(path: UPath, max_bytes: int, *, compressed: bool) -> Iterator[Line]:
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        if compressed:
            file = cast("BinaryIO", stack.enter_context(gzip.open(file)))
        yield from read_file_lines(file, max_bytes=max_bytes)
