"""Files for `upload_attachment`: from the record itself, or from the one folder that is allowed."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from target_groove.delivery.request import Upload
from target_groove.endpoints.messages import MAX_ATTACHMENT_BYTES
from target_groove.wording import shown

if TYPE_CHECKING:
    from collections.abc import Mapping


class AttachmentProblem(ValueError):
    """A file cannot be sent; the text begins with the field."""


def read_upload(fields: Mapping[str, Any], folder: str | None) -> Upload:
    """Read the file of one record.

    Args:
        fields: The payload, with `filename`, and `content` (base64) or `path`.
        folder: The setting `attachments_dir`.

    Raises:
        AttachmentProblem: There is no such file, it may not be read, or Groove would refuse it.
    """
    filename = fields["filename"]
    if "/" in filename or "\\" in filename or not filename.isprintable():
        msg = f"filename: {shown(filename)} has a folder or control characters in it"
        raise AttachmentProblem(msg)
    if ("content" in fields) == ("path" in fields):
        msg = "content or path: exactly one of them is needed"
        raise AttachmentProblem(msg)
    content = _decoded(fields["content"]) if "content" in fields else _read(fields["path"], folder)
    if len(content) > MAX_ATTACHMENT_BYTES:
        msg = f"content: {len(content)} bytes, Groove takes {MAX_ATTACHMENT_BYTES}"
        raise AttachmentProblem(msg)
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    content_type = (fields.get("content_type") or "").strip() or guessed
    if not content_type.isascii() or not content_type.isprintable():
        msg = f"content_type: {shown(content_type)} is no media type"
        raise AttachmentProblem(msg)
    return Upload(filename=filename, content=content, content_type=content_type)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        msg = "content: is no base64"
        raise AttachmentProblem(msg) from error


def _read(path: str, folder: str | None) -> bytes:
    if folder is None:
        msg = "path: set attachments_dir to the folder from which files may be read"
        raise AttachmentProblem(msg)
    file = _file_below(Path(folder), path)
    if file is None:
        msg = f"path: {shown(path)} is no file below attachments_dir"
        raise AttachmentProblem(msg)
    try:
        if file.stat().st_size > MAX_ATTACHMENT_BYTES:
            msg = f"path: {file.stat().st_size} bytes, Groove takes {MAX_ATTACHMENT_BYTES}"
            raise AttachmentProblem(msg)
        return file.read_bytes()
    except OSError as error:
        msg = f"path: {shown(path)} cannot be read ({error.strerror})"
        raise AttachmentProblem(msg) from error


def _file_below(folder: Path, path: str) -> Path | None:
    try:
        root = folder.resolve()
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, RuntimeError, ValueError):
        # A name that is too long, a loop of links, a null character.
        return None
