"""What a route may write where a value is wanted: an attribute, a template, a nest of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from target_groove.attributes import Reader, path_reader
from target_groove.liquid import compile_liquid, is_liquid
from target_groove.wording import shown


def compile_expression(expression: Any) -> Reader:
    """Turn what a route says into a reader of records.

    Args:
        expression: An attribute's dotted path; a Liquid template, in which each attribute is a
            variable and `record` is the whole record (`{{ record['Ticket ID'] }}`); or an object
            or list of such.

    Raises:
        ValueError: The expression cannot be read; the text says why, as the end of a sentence.
    """
    if isinstance(expression, str):
        if not expression.strip():
            msg = "is empty; name an attribute or write a Liquid template"
            raise ValueError(msg)
        return compile_liquid(expression) if is_liquid(expression) else path_reader(expression)
    if isinstance(expression, Mapping):
        return _object_reader(expression)
    if isinstance(expression, list):
        return _list_reader(expression)
    msg = f"is the constant {shown(expression)}; constants belong into defaults"
    raise ValueError(msg)


def _object_reader(parts: Mapping[str, Any]) -> Reader:
    readers = {name: compile_expression(part) for name, part in parts.items()}

    def read(record: Mapping[str, Any]) -> dict[str, Any] | None:
        values = {name: reader(record) for name, reader in readers.items()}
        return {name: each for name, each in values.items() if each is not None} or None

    return read


def _list_reader(parts: list[Any]) -> Reader:
    readers = [compile_expression(part) for part in parts]

    def read(record: Mapping[str, Any]) -> list[Any] | None:
        values = [reader(record) for reader in readers]
        return [each for each in values if each is not None] or None

    return read
