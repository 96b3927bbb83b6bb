"""What is wrong with a SCHEMA message, or with a record that does not fit it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from jsonschema import ValidationError
from singer_sdk.exceptions import MissingKeyPropertiesError, RecordsWithoutSchemaException
from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_groove.errors import DeliveryError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.exceptions import InvalidRecord

SHOWN_OF_A_REASON: Final = 500


class RecordBeforeSchemaError(InputError, RecordsWithoutSchemaException):
    """A record came before the SCHEMA of its stream."""


class MissingKeyError(DeliveryError, MissingKeyPropertiesError):
    """A record lacks an attribute of its stream's key."""


def text_of(message: Mapping[str, Any], *, name: str, place: str) -> str:
    """Take a text that a message cannot do without.

    Args:
        message: The message.
        name: The name of the text, such as `stream`.
        place: Where the message stands, for the sentence.

    Raises:
        InputError: The message has no such text.
    """
    value = message.get(name)
    if isinstance(value, str) and value:
        return value
    article = "an" if message["type"].startswith("A") else "a"
    msg = f"{place}: {article} {message['type']} has no {name}."
    raise InputError(msg)


def refuse_record(message: Mapping[str, Any], *, place: str) -> NoReturn:
    """Say why a RECORD cannot be taken at all.

    Args:
        message: The message.
        place: Where the message stands, for the sentence.

    Raises:
        InputError: It has no stream or no record, or it came before its SCHEMA.
    """
    stream = text_of(message, place=place, name="stream")
    if not isinstance(message.get("record"), dict):
        msg = f"{place}: a RECORD of stream {stream} has no record."
        raise InputError(msg)
    msg = f"{place}: a RECORD of stream {stream} came before its SCHEMA."
    raise RecordBeforeSchemaError(msg)


def misfit(error: InvalidRecord) -> str:
    """Name what does not fit; what the SDK itself says of it differs from version to version."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return f": {error.error_message}"
    path = cause.json_path.removeprefix("$").removeprefix(".")
    return f"{path and ', '}{path}: {cause.message[:SHOWN_OF_A_REASON]}"


def check_schema(message: Mapping[str, Any]) -> None:
    """Check the shape of a SCHEMA, and mend it, as far as the SDK takes it for granted.

    Raises:
        InvalidInputLine: It has another one.
    """
    schema, keys = message.get("schema"), message.get("key_properties") or []
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        msg = "its schema has no properties"
        raise InvalidInputLine(msg)
    for name, each in properties.items():
        if isinstance(each, bool):
            # True and false are schemas as well, but the SDK reads objects only.
            properties[name] = {} if each else {"not": {}}
        elif not isinstance(each, dict):
            msg = f"property {name} is no object"
            raise InvalidInputLine(msg)
    if not isinstance(keys, list) or not all(isinstance(each, str) for each in keys):
        msg = "key_properties must be a list of names"
        raise InvalidInputLine(msg)
