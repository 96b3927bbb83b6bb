"""Uploads: 200 for any existing message, success or not told per file."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from target_groove.sandbox.bodies import MULTIPART_TYPE
from target_groove.sandbox.exchange import Answer, Refusal, invalid, nothing, reply

if TYPE_CHECKING:
    from target_groove.sandbox.call import Call
    from target_groove.sandbox.desk import Desk
    from target_groove.sandbox.store import Thing

MAX_PER_MESSAGE = 25
MAX_BYTES = 20_971_520


def attachment_form(desk: Desk, attachment: Thing) -> dict[str, Any]:
    """Write an attachment as the API does."""
    name = attachment["filename"]
    return {
        "filename": name,
        "size": attachment["size"],
        "url": f"{desk.url}/attachments/{attachment['id']}/{quote(name, safe='')}",
    }


def attachment_details(desk: Desk, attachment: Thing) -> dict[str, Any]:
    """Write an attachment with what only the sandbox tells, for tests and the page."""
    return {**attachment, **attachment_form(desk, attachment)}


def upload(desk: Desk, call: Call) -> Answer:
    """POST /messages/:message_id/attachments, on the uploader's host.

    One file is the raw body, its name in the query; several are a multipart body, answered
    with a list in the same order.
    """
    message = desk.get("messages", call.params[0], "message")
    if call.body.media_type != MULTIPART_TYPE:
        result = _store(
            desk,
            message,
            call.query.get("filename", ""),
            call.body.content_type or "application/octet-stream",
            call.body.content,
        )
        answer = reply({"attachment": result}, done=result["success"])
    elif call.body.parts is None:
        raise Refusal(400, {"error": "malformed multipart body"})
    else:
        results = [
            _store(desk, message, part.filename, part.content_type, part.content)
            for part in call.body.parts
            if part.filename is not None
        ]
        done = any(result["success"] for result in results)
        answer = reply({"attachments": results}, done=done)
    return answer


def _store(
    desk: Desk, message: Thing, filename: str, content_type: str, content: bytes
) -> dict[str, Any]:
    """Keep one file, or say why not."""
    errors = []
    if not filename.strip():
        errors.append("filename is required")
    if filename.lower().endswith(".exe"):
        errors.append("files of type .exe are not accepted")
    if len(content) > MAX_BYTES:
        errors.append(f"file is larger than {MAX_BYTES} bytes")
    if desk.store.total("attachments", "message_id", message["id"]) >= MAX_PER_MESSAGE:
        errors.append(f"message already has {MAX_PER_MESSAGE} attachments")
    described = {
        "attachment_file_name": filename,
        "attachment_content_type": content_type,
        "attachment_file_size": len(content),
    }
    if errors:
        return {**described, "success": False, "errors": errors}
    attachment = desk.add(
        "attachments",
        message_id=message["id"],
        ticket_number=message["ticket_number"],
        filename=filename,
        content_type=content_type,
        size=len(content),
        sha256=sha256(content).hexdigest(),
        created_at=desk.now(),
    )
    desk.store.put_blob(attachment["id"], content)
    return {**described, "success": True}


def list_attachments(desk: Desk, call: Call) -> Answer:
    """GET /attachments?message=; where there are none the body is empty."""
    identity = call.query.get("message")
    if not identity:
        raise invalid(message="is required")
    desk.get("messages", identity, "message")
    found = desk.store.find("attachments", "message_id", identity)
    if not found:
        return nothing(200)
    return reply({"attachments": [attachment_form(desk, item) for item in found]})
