"""Lines of the input: whole, numbered, and never more of them in memory than is allowed."""

from __future__ import annotations

import io
import os
import signal
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_groove.errors import Interrupted
from target_groove.lines import Line, parse_object, read_lines
from target_groove.stopping import StopRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def stop() -> Iterator[StopRequest]:
    request = StopRequest()
    yield request
    request.close()


def read(source: Any, stop: StopRequest, max_bytes: int = 1000) -> list[Line | None]:
    return [*read_lines(source, max_bytes=max_bytes, stop=stop, seconds_until_idle=lambda: None)]


@given(
    parts=st.lists(st.binary(max_size=40).map(lambda each: each.replace(b"\n", b""))),
    last_newline=st.booleans(),
)
def test_all_lines_arrive_with_their_numbers(
    stop: StopRequest, parts: list[bytes], *, last_newline: bool
) -> None:
    content = b"\n".join(parts) + (b"\n" if last_newline else b"")

    lines = read(io.BytesIO(content), stop)

    expected = [
        Line(number, part.removeprefix(b"\xef\xbb\xbf") if number == 1 else part, len(part))
        for number, part in enumerate(parts, start=1)
    ]
    assert lines == [each for each in expected if each.data.strip()]


def test_a_line_may_be_longer_than_a_chunk(stop: StopRequest) -> None:
    content = b"x" * 200_000

    assert read(io.BytesIO(content + b"\ny\n"), stop, 200_000) == [
        Line(1, content, 200_000),
        Line(2, b"y", 1),
    ]


@pytest.mark.parametrize("end", [b"", b"\n", b"\nnext\n"])
@pytest.mark.parametrize("length", [1_001, 65_536, 65_537, 300_000])
def test_a_line_that_is_too_long_is_told_with_its_beginning(
    stop: StopRequest, length: int, end: bytes
) -> None:
    content = (b"begin" + b"x" * length)[:length]

    first, *rest = read(io.BytesIO(content + end), stop)

    assert first == Line(1, content[:1000], length)
    assert rest == ([Line(2, b"next", 4)] if b"next" in end else [])


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_long_line_that_begins_blank_is_not_lost(stop: StopRequest, end: bytes) -> None:
    (line,) = read(io.BytesIO(b" " * 5000 + b"{}" + end), stop)

    assert line is not None
    assert line.byte_count == 5002


class _Endless(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


def test_memory_does_not_grow_with_a_line(stop: StopRequest) -> None:
    size = 128 * 1024 * 1024
    tracemalloc.start()
    try:
        (line,) = read(_Endless(size), stop, 1024 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert line is not None
    assert line.byte_count == size
    assert peak < 8 * 1024 * 1024


def test_text_sources_are_read_as_well(stop: StopRequest) -> None:
    assert read(io.StringIO("é\n☃"), stop) == [
        Line(1, "é".encode(), 2),
        Line(2, "☃".encode(), 3),
    ]


def test_a_file_is_read_by_its_descriptor(stop: StopRequest, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"a\nb")
    with path.open() as file:
        assert read(file, stop) == [Line(1, b"a", 1), Line(2, b"b", 1)]


def test_silence_is_told(stop: StopRequest) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as tap:
        lines = read_lines(source, max_bytes=10, stop=stop, seconds_until_idle=lambda: 0.01)
        tap.write(b"a\nb")
        assert next(lines) == Line(1, b"a", 1)
        assert next(lines) is None
        tap.write(b"c\n")
        assert next(lines) == Line(2, b"bc", 2)


def test_a_signal_ends_the_waiting() -> None:
    stop = StopRequest()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb"):
        lines = read_lines(source, max_bytes=10, stop=stop, seconds_until_idle=lambda: None)
        thread = threading.Timer(0.05, stop.handle, (signal.SIGTERM,))
        thread.start()
        with pytest.raises(Interrupted) as caught:
            next(lines)
        thread.join()
    stop.close()

    assert caught.value.exit_code == 143


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "not valid JSON in Unicode"),
        (b"{", "not valid JSON in Unicode"),
        (b'{"a": 1}, {}', "not valid JSON in Unicode"),
        (b'{"a": NaN}', "not valid JSON in Unicode"),
        (b'{"a": Infinity}', "not valid JSON in Unicode"),
        (b'{"a": "\\ud800"}', "not valid JSON in Unicode"),
        (b'{"a": "\xff"}', "not valid JSON in Unicode"),
        (b'{"a": "\x01"}', "not valid JSON in Unicode"),
        (b'{"a": 1e99999999999999999999}', "a number is out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON in Unicode"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON in Unicode"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "more than 100 lists and objects"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'"text"', "not a JSON object"),
    ],
)
def test_what_is_no_object(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_object(data)


def test_so_many_levels_are_no_harm() -> None:
    deep = b'{"a": ' + b"[" * 99 + b"]" * 99 + b', "b": ["["]}'
    assert parse_object(deep)["b"] == ["["]
