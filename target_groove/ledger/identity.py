"""When two records are the same thing, and when a thing is unchanged."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from target_groove.delivery.request import LookUp, Upload
from target_groove.ledger.known import LONGEST_KEY

if TYPE_CHECKING:
    from target_groove.delivery.request import Request

_HASH_BYTES: Final = 16
_FIELD_BYTES: Final = 8
"""A field is compared with its own last value only, so that few bytes tell."""
_MOST_DIGITS: Final = 40
"""Of a number that is written out; `1e999999` would fill the memory with digits."""
_LARGEST: Final = 10**_MOST_DIGITS
_MARK: Final = "\0target-groove "
"""Begins the name of what is no object of the record's own."""
_NUMBER: Final = f"{_MARK}number"
_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_AS_THEY_ARE: Final = frozenset({str, bool, type(None)})
"""The types of values that have one form in JSON only."""


def record_key(values: Iterable[Any]) -> str:
    """Write the values that identify a record as one text.

    `1`, `"1"` and `1.0` are the same key: taps change their minds about the type of a key, and a
    thing must not be created twice for that. Null is a value of its own. The order of the values
    is that of the key's attributes.

    Returns:
        A JSON list of texts, at most `LONGEST_KEY` characters; of a longer key its digest.
    """
    key = _ENCODER.encode([_key_part(each) for each in values]).decode()
    return key if len(key) <= LONGEST_KEY else _shortened(key)


def record_keys(columns: Iterable[Iterable[str | None]]) -> list[str]:
    """Write the keys of many records whose values are texts or null; see `record_key`.

    Args:
        columns: The values of each of the key's attributes, record by record.
    """
    lines = _ENCODER.encode_lines(list(zip(*columns, strict=True))).decode()
    # A key has no line end in it: JSON writes that with a backslash.
    keys = lines.split("\n")[:-1]
    return [each if len(each) <= LONGEST_KEY else _shortened(each) for each in keys]


def digest(*content: Any) -> str:
    """Digest what would be sent.

    The order of names in an object does not count, nor how a number is spelled (`1.10`, `1.1`,
    `1.10e0`); everything else does: the order of a list, and a date as the text that is sent. A
    value that is looked up counts by its id, a file by its name and its bytes.

    Returns:
        32 hexadecimal digits.
    """
    plain = [each if type(each) is str else _plain(each) for each in content]
    return hashlib.blake2b(_ENCODER.encode(plain), digest_size=_HASH_BYTES).hexdigest()


def digest_behind(*first: Any) -> Callable[..., str]:
    """Make the `digest` of what begins alike each time, and digest the beginning once.

    Args:
        first: The beginning.

    Returns:
        Takes what follows, at least one value, and gives what `digest` gives for all of it.
    """
    begun = hashlib.blake2b(b"[", digest_size=_HASH_BYTES)
    for each in first:
        begun.update(_ENCODER.encode(_plain(each)) + b",")

    def digest_of(*rest: Any) -> str:
        whole = begun.copy()
        # The brackets are there already.
        whole.update(_ENCODER.encode(list(map(_plain, rest)))[1:])
        return whole.hexdigest()

    return digest_of


def record_digest_behind(fingerprint: str) -> Callable[[str, Any], str]:
    """Make what digests records together with the content that they gave.

    Only what is the same in every respect has the same digest: the spelling of a number, the order
    of names and the type of each value count, as they might decide what is made of the record.

    Args:
        fingerprint: Of all else that decides it.

    Returns:
        Takes the digest of the content, and the record; gives 32 hexadecimal digits, or an empty
        text for a record that is nested too deeply.
    """
    begun = hashlib.blake2b(fingerprint.encode(), digest_size=_HASH_BYTES)

    def digest_of(content_hash: str, record: Any) -> str:
        whole = begun.copy()
        whole.update(content_hash.encode())
        try:
            # Version 2 writes equal values alike, whether they are one object or two.
            whole.update(marshal.dumps(record, 2))
        except ValueError:  # it knows no `Decimal`
            try:
                whole.update(b"repr" + repr(record).encode())
            except RecursionError:
                return ""
        return whole.hexdigest()

    return digest_of


def row_digest_behind(fingerprint: str) -> Callable[[str, bytes], str]:
    """Make what digests rows of a table together with the content that they gave.

    Args:
        fingerprint: As for `record_digest_behind`.

    Returns:
        Takes the digest of the content, and that of the row; gives 32 hexadecimal digits.
    """
    begun = hashlib.blake2b(b"row" + fingerprint.encode(), digest_size=_HASH_BYTES)

    def digest_of(content_hash: str, row_digest: bytes) -> str:
        whole = begun.copy()
        whole.update(content_hash.encode() + row_digest)
        return whole.hexdigest()

    return digest_of


def field_digest(value: Any) -> str:
    """Digest the value of one field, as `digest` does.

    Returns:
        16 hexadecimal digits.
    """
    return hashlib.blake2b(_ENCODER.encode(_plain(value)), digest_size=_FIELD_BYTES).hexdigest()


def call_digest(request: Request) -> str:
    """Digest one call of a delivery, to know it again."""
    return digest(request.method, request.url, request.headers, request.payload)


def _shortened(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    """Give equal values one form in JSON; what has only one is given back as it is."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind is dict:
        for name, each in value.items():
            if type(each) not in _AS_THEY_ARE or type(name) is not str:
                return {str(name): _plain(each) for name, each in value.items()}
        return value
    if kind is list:
        return [each if type(each) is str else _plain(each) for each in value]
    return _plain_other(value)


def _plain_other(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of value
    match value:
        case str():
            return value
        case int():
            return value if abs(value) < _LARGEST else _number(Decimal(value))
        case Decimal() | float():
            return _number(value)
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return list(map(_plain, value))
        case LookUp():
            return {f"{_MARK}look up": [value.collection, value.object_id, value.attribute]}
        case Upload():
            sha256 = hashlib.sha256(value.content).hexdigest()
            return {f"{_MARK}file": [value.filename, value.content_type, sha256]}
        case _:
            return str(value)


def _number(value: Decimal | float) -> Any:
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return {_NUMBER: str(value)}
    text = "".join(map(str, digits)).lstrip("0")
    significant = text.rstrip("0")
    exponent += len(text) - len(significant)
    signed = f"{'-' if sign and significant else ''}{significant or 0}"
    if not significant or (exponent >= 0 and len(significant) + exponent < _MOST_DIGITS):
        return int(signed) * 10 ** (exponent if significant else 0)
    # Marked, so that the number 1.5 and the text "1.5" stay different.
    return {_NUMBER: f"{signed}e{exponent}"}


def _key_part(value: Any) -> Any:
    if value is None or type(value) is str:
        return value
    plain = _plain(value)
    if isinstance(value, Decimal | float | int) and isinstance(plain, dict):
        return _written_out(plain[_NUMBER])
    if isinstance(plain, dict | list):
        return _ENCODER.encode(plain).decode()
    if isinstance(plain, bool):
        return "true" if plain else "false"
    return str(plain)


def _written_out(number: str) -> str:
    """Write a number as a text would have it: 1.5, not 15e-1."""
    _, _, exponent = number.partition("e")
    return f"{Decimal(number):f}" if exponent and abs(int(exponent)) < _MOST_DIGITS else number
