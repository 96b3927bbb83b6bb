"""Files of `upload_attachment`: what is read, and what never is."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from target_groove.attachments import AttachmentProblem, read_upload
from target_groove.endpoints.messages import MAX_ATTACHMENT_BYTES
from tests.runs import records

if TYPE_CHECKING:
    from target_groove.sandbox import Sandbox
    from tests.conftest import Run

TICKET = {"body": "x", "from": "kim@example.org", "to": "support@sandbox.example"}


def base64_of(content: bytes) -> str:
    """Content as a record brings it."""
    return base64.b64encode(content).decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder that is allowed, with a secret beside it."""
    allowed = tmp_path / "allowed"
    (allowed / "2026").mkdir(parents=True)
    (allowed / "2026" / "invoice.pdf").write_bytes(b"%PDF\x00\xff")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "allowed-not").mkdir()
    (tmp_path / "allowed-not" / "x.txt").write_text("secret")
    (allowed / "out.txt").symlink_to(tmp_path / "secret.txt")
    (allowed / "up").symlink_to(tmp_path)
    (allowed / "in.txt").symlink_to(allowed / "2026" / "invoice.pdf")
    (allowed / "loop").symlink_to(allowed / "loop")
    return allowed


@pytest.mark.parametrize("content", [b"", b"hello", bytes(range(256))], ids=repr)
def test_content_is_decoded(content: bytes) -> None:
    upload = read_upload({"filename": "a.bin", "content": base64_of(content)}, None)
    assert (upload.filename, upload.content) == ("a.bin", content)


def test_base64_may_have_line_breaks() -> None:
    text = base64.encodebytes(b"x" * 200).decode()
    assert read_upload({"filename": "a", "content": text}, None).content == b"x" * 200


@pytest.mark.parametrize(
    "filename,given,content_type",
    [
        ("a.txt", None, "text/plain"),
        ("a.PDF", None, "application/pdf"),
        ("a", None, "application/octet-stream"),
        ("a.txt", "text/markdown", "text/markdown"),
        ("a.txt", " text/markdown ", "text/markdown"),
        ("a.txt", "  ", "text/plain"),
        ("a.txt", "", "text/plain"),
    ],
)
def test_the_media_type_follows_from_the_name(
    filename: str, given: str | None, content_type: str
) -> None:
    fields = {"filename": filename, "content": ""}
    if given is not None:
        fields["content_type"] = given
    assert read_upload(fields, None).content_type == content_type


@pytest.mark.parametrize("path", ["2026/invoice.pdf", "2026/../2026/invoice.pdf", "in.txt"])
def test_a_file_below_the_folder_is_read(path: str, folder: Path) -> None:
    upload = read_upload({"filename": "invoice.pdf", "path": path}, str(folder))
    assert upload.content == b"%PDF\x00\xff"


def test_an_absolute_path_below_the_folder_is_read(folder: Path) -> None:
    fields = {"filename": "a", "path": str(folder / "2026" / "invoice.pdf")}
    assert read_upload(fields, str(folder)).content == b"%PDF\x00\xff"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "2026/../../secret.txt",
        "/etc/hostname",
        "out.txt",
        "up/secret.txt",
        "../allowed-not/x.txt",
        "..",
        "",
        ".",
        "2026",
        "loop",
        "absent.txt",
        "2026/invoice.pdf/x",
        "a\0b",
        "x" * 5000,
        "~/x",
    ],
    ids=lambda path: repr(path[:30]),
)
def test_nothing_else_is_read(path: str, folder: Path) -> None:
    with pytest.raises(AttachmentProblem) as caught:
        read_upload({"filename": "a", "path": path}, str(folder))
    assert str(caught.value).startswith("path: ")
    assert str(caught.value).endswith(" is no file below attachments_dir")
    assert "secret\n" not in str(caught.value)


def test_an_absolute_path_beside_the_folder_is_not_read(folder: Path) -> None:
    fields = {"filename": "a", "path": str(folder.parent / "secret.txt")}
    with pytest.raises(AttachmentProblem, match="is no file below attachments_dir"):
        read_upload(fields, str(folder))


def test_without_a_folder_no_path_is_read(folder: Path) -> None:
    fields = {"filename": "a", "path": str(folder / "2026" / "invoice.pdf")}
    with pytest.raises(AttachmentProblem, match=r"^path: set attachments_dir to the folder"):
        read_upload(fields, None)


@pytest.mark.parametrize(
    "fields,sentence",
    [
        ({"filename": "../a"}, "filename: '../a' has a folder or control characters in it"),
        ({"filename": "a\\b"}, r"filename: 'a\\b' has a folder or control characters in it"),
        ({"filename": "a\nb"}, r"filename: 'a\nb' has a folder or control characters in it"),
        ({"content": "a", "path": "b"}, "content or path: exactly one of them is needed"),
        ({}, "content or path: exactly one of them is needed"),
        ({"content": "ab!"}, "content: is no base64"),
        ({"content": "YQ"}, "content: is no base64"),
        ({"content": "é"}, "content: is no base64"),
        ({"content": "", "content_type": "é"}, "content_type: 'é' is no media type"),
        ({"content": "", "content_type": "a\r\nb"}, r"content_type: 'a\r\nb' is no media type"),
    ],
    ids=repr,
)
def test_a_mistake_is_a_sentence(fields: dict[str, str], sentence: str) -> None:
    with pytest.raises(AttachmentProblem) as caught:
        read_upload({"filename": "a", **fields}, None)
    assert str(caught.value) == sentence


def test_the_largest_file_is_20_mib(folder: Path) -> None:
    assert MAX_ATTACHMENT_BYTES == 20 * 1024 * 1024
    content = b"\0" * MAX_ATTACHMENT_BYTES
    (folder / "full").write_bytes(content)
    (folder / "over").write_bytes(content + b"\0")
    text = base64_of(content)
    assert len(read_upload({"filename": "a", "content": text}, None).content) == len(content)
    assert read_upload({"filename": "a", "path": "full"}, str(folder)).content == content
    with pytest.raises(AttachmentProblem, match=r"^content: 20971521 bytes, Groove takes 20971520"):
        read_upload({"filename": "a", "content": base64_of(content + b"\0")}, None)
    with pytest.raises(AttachmentProblem, match=r"^path: 20971521 bytes, Groove takes 20971520"):
        read_upload({"filename": "a", "path": "over"}, str(folder))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails to read")
def test_a_file_that_fails_to_read_is_a_sentence() -> None:
    with pytest.raises(AttachmentProblem, match=r"^path: 'mem' cannot be read \("):
        read_upload({"filename": "a", "path": "mem"}, "/proc/self")


def test_files_of_the_folder_reach_groove_byte_for_byte(
    run: Run, sandbox: Sandbox, folder: Path
) -> None:
    run({}, records("create_ticket", TICKET))
    message = sandbox.things("messages")[0]["id"]
    row: dict[str, Any] = {"message_id": message, "filename": "ü&.pdf", "path": "in.txt"}
    result = run({"attachments_dir": str(folder)}, records("upload_attachment", row))
    assert result.exit_code == 0, result.problems
    call = sandbox.log()[-1]
    assert call["query"] == "filename=%C3%BC%26.pdf"
    assert call["content_type"] == "application/pdf"
    [kept] = sandbox.things("attachments")
    assert (kept["filename"], kept["size"]) == ("ü&.pdf", 6)


def test_a_file_that_may_not_be_read_rejects_the_record(
    run: Run, sandbox: Sandbox, folder: Path
) -> None:
    row = {"message_id": "1", "filename": "a", "path": "../secret.txt"}
    result = run({"attachments_dir": str(folder)}, records("upload_attachment", row))
    assert result.problems == [
        "Line 2, stream upload_attachment: path: '../secret.txt' is no file below attachments_dir."
    ]
    assert sandbox.log() == []


def test_a_query_of_the_route_is_kept_beside_the_filename(run: Run, sandbox: Sandbox) -> None:
    route = {
        "stream": "s",
        "endpoint": "upload_attachment",
        "url": "/v1/echo/{message_id}?inline=true",
    }
    row = {"message_id": "1", "filename": "a b.txt", "content": "eA=="}
    run({"streams": [route], "on_error": "dead_letter"}, records("s", row))
    assert [each["query"] for each in sandbox.log()] == ["inline=true&filename=a%20b.txt"]
