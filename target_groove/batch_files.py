"""The records of a BATCH message, one by one from its files."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, Final, cast

from upath import UPath

from target_groove.errors import InputError
from target_groove.lines import parse_object

# Besides files that are missing: an archive that is cut or broken, and a storage that is unknown or
# whose driver is not installed.
_UNREADABLE: Final = (OSError, EOFError, zlib.error, ValueError, ImportError)
_COMPRESSIONS: Final = (None, "none", "gzip")


def read_batch_files(
    message: Mapping[str, Any], *, storage_root: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the records that a BATCH message points to.

    Args:
        message: The BATCH message, with `encoding` and `manifest`.
        storage_root: Where the files are, if not where the manifest says (the SDK's setting
            `batch_config.storage.root`).

    Yields:
        For each record where it stands (`x.jsonl line 3`), and the record.

    Raises:
        InputError: A file is missing or not what the message says; the text is the end of a
            sentence that begins with the message's place.
    """
    encoding = message.get("encoding")
    manifest = message.get("manifest")
    if not isinstance(encoding, Mapping) or not isinstance(manifest, list):
        msg = "a BATCH needs encoding and manifest"
        raise InputError(msg)
    compression = encoding.get("compression")
    if encoding.get("format") != "jsonl" or compression not in _COMPRESSIONS:
        msg = (
            f"BATCH files of format {encoding.get('format')!r}, compression {compression!r} cannot "
            "be read; jsonl, plain or gzip, can"
        )
        raise InputError(msg)
    for url in manifest:
        try:
            path = UPath(str(url))
            path = UPath(storage_root) / path.name if storage_root else path
            yield from _read_file(path, compressed=compression == "gzip")
        except _UNREADABLE as error:
            reason = getattr(error, "strerror", None) or error
            msg = f"the BATCH file {url!r} cannot be read ({reason})"
            raise InputError(msg) from error


def _read_file(path: UPath, *, compressed: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        if compressed:
            file = cast("BinaryIO", stack.enter_context(gzip.open(file)))
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            place = f"{path.name} line {number}"
            try:
                record = parse_object(line)
            except ValueError as error:
                msg = f"{place} is {error}"
                raise InputError(msg) from error
            yield place, record
