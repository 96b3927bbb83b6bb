from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_groove.sandbox import Sandbox
    from tests.sandbox.conftest import Api

    Refused = Callable[[requests.Response], dict[str, str]]

TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
def upload(api: Api, sandbox: Sandbox) -> str:
    """The address to upload to, for the first message of a new ticket."""
    api.ticket()
    return f"{sandbox.uploader_url}/messages/{sandbox.things('messages')[0]['id']}/attachments"


def single(api: Api, upload: str, name: str, content: bytes = b"abc") -> dict[str, Any]:
    answer = api.post(upload, data=content, params={"filename": name}, headers=TEXT)
    assert answer.status_code == 200
    attachment: dict[str, Any] = answer.json()["attachment"]
    return attachment


def test_one_file_is_the_raw_body(api: Api, sandbox: Sandbox, upload: str) -> None:
    assert single(api, upload, "ä b.txt") == {
        "attachment_file_name": "ä b.txt",
        "attachment_content_type": "text/plain",
        "attachment_file_size": 3,
        "success": True,
    }
    (kept,) = sandbox.things("attachments")
    assert kept["sha256"] == sha256(b"abc").hexdigest()
    assert kept["ticket_number"] == 1
    assert api.get("/tickets/1").json()["ticket"]["attachment_count"] == 1


def test_a_body_without_a_type_is_binary(api: Api, upload: str) -> None:
    answer = api.post(upload, data=b"abc", params={"filename": "a"})
    kind = answer.json()["attachment"]["attachment_content_type"]
    assert kind == "application/octet-stream"


def test_many_files_come_as_multipart(api: Api, sandbox: Sandbox, upload: str) -> None:
    tricky = b"\r\n--boundary\r\n\x00\xff\n\r"
    files = [
        ("files[]", ("a.txt", b"abc", "text/plain")),
        ("files[]", ("b.exe", b"def", "application/octet-stream")),
        ("files[]", ("ü.bin", tricky, "application/x-thing")),
    ]
    answer = api.post(upload, files=files, data={"comment": "no file"})
    assert answer.status_code == 200
    results = answer.json()["attachments"]
    assert [it["attachment_file_name"] for it in results] == ["a.txt", "b.exe", "ü.bin"]
    assert [it["success"] for it in results] == [True, False, True]
    kept = sandbox.things("attachments")
    assert [it["sha256"] for it in kept] == [sha256(it).hexdigest() for it in (b"abc", tricky)]


@pytest.mark.parametrize(
    "name, size, says",
    [
        ("a.EXE", 3, "files of type .exe are not accepted"),
        ("", 3, "filename is required"),
        ("a.bin", 20_971_521, "file is larger than 20971520 bytes"),
    ],
)
def test_a_refused_file_is_200_with_errors(
    api: Api, sandbox: Sandbox, upload: str, name: str, size: int, says: str
) -> None:
    result = single(api, upload, name, b"x" * size)
    assert (result["success"], result["errors"]) == (False, [says])
    assert sandbox.things("attachments") == []
    assert sandbox.log()[-1]["done"] is False


def test_the_largest_file_is_taken(api: Api, upload: str) -> None:
    assert single(api, upload, "a.bin", b"x" * 20_971_520)["success"] is True


def test_a_message_takes_25_files(api: Api, sandbox: Sandbox, upload: str) -> None:
    files = [("f", (f"{number}.txt", b"x")) for number in range(27)]
    results = api.post(upload, files=files).json()["attachments"]
    assert [it["success"] for it in results] == [True] * 25 + [False] * 2
    assert results[-1]["errors"] == ["message already has 25 attachments"]
    assert len(sandbox.things("attachments")) == 25


def test_an_unknown_message_is_404(api: Api, sandbox: Sandbox) -> None:
    url = f"{sandbox.uploader_url}/messages/0000000000/attachments"
    assert api.post(url, data=b"x", params={"filename": "a"}).status_code == 404


@pytest.mark.parametrize(
    "content_type, content",
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"nonsense"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx"),
    ],
)
def test_a_broken_multipart_body_is_400(
    api: Api, upload: str, content_type: str, content: bytes
) -> None:
    answer = api.post(upload, data=content, headers={"Content-Type": content_type})
    assert answer.status_code == 400


def test_attachments_are_listed_or_the_answer_is_empty(
    api: Api, refused: Refused, sandbox: Sandbox, upload: str
) -> None:
    message = sandbox.things("messages")[0]["id"]
    nothing = api.get(f"/attachments?message={message}")
    assert (nothing.status_code, nothing.content) == (200, b"")
    single(api, upload, "a/b.txt")
    (listed,) = api.get(f"/attachments?message={message}").json()["attachments"]
    assert (listed["filename"], listed["size"]) == ("a/b.txt", 3)
    file = requests.get(listed["url"], timeout=10)
    assert file.content == b"abc"
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == "attachment"
    assert set(refused(api.get("/attachments"))) == {"message"}
    assert api.get("/attachments?message=0000000000").status_code == 404
