"""Liquid templates in routes: checked when they are read, and exact about numbers."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liquid import Environment

MOST_TURNS: Final = 100_000
"""Of all loops of a template together: a record may say how far a range goes."""
_MOST_DIGITS_OF_AN_INTEGER: Final = 1_000
_NAMES_OF_THE_TIME: Final = frozenset({"now", "today"})


def is_liquid(text: str) -> bool:
    """Tell a Liquid template from the name of an attribute."""
    return "{{" in text or "{%" in text


def compile_liquid(source: str) -> Callable[[Mapping[str, Any]], str | None]:
    """Make a reader of records from a template.

    Args:
        source: Each attribute is a variable in it and `record` is the whole record.

    Raises:
        ValueError: It is no template, or uses a filter or another template that does not exist;
            the text is the end of a sentence. The reader raises it for a record it fails on.
    """
    from liquid.exceptions import LiquidError  # noqa: PLC0415 - only routes with Liquid pay for it

    try:
        template = _environment().from_string(source)
        used = template.analyze().filters
    except LiquidError as error:
        msg = f"is no valid Liquid template ({_first_line(error)})"
        raise ValueError(msg) from error
    if unknown := [name for name in used if name not in _environment().filters]:
        msg = f"is no valid Liquid template (there is no filter {unknown[0]!r})"
        raise ValueError(msg)

    def read(record: Mapping[str, Any]) -> str | None:
        try:
            view = {name: _for_liquid(value) for name, value in record.items()}
            text = template.render({**view, "record": view})
        except Exception as error:  # any error of Python's numbers comes out of filters
            msg = f"the Liquid template {source!r} fails: {_reason(error)}"
            raise ValueError(msg) from error
        return text if text.strip() else None

    return read


def variables_of(source: str) -> frozenset[str]:
    """Name the attributes that a template asks for; `compile_liquid` could read it."""
    used = _environment().from_string(source).analyze().globals
    return frozenset(used) - _NAMES_OF_THE_TIME


def depends_on_the_clock(source: str) -> bool:
    """Tell whether a template may give something else tomorrow for the same record.

    So do `now`, `today`, the filter `date`, which knows both words, and a variable whose name the
    record decides.

    Args:
        source: The template; of one that cannot be read it is not known.
    """
    from liquid.exceptions import LiquidError  # noqa: PLC0415 - only routes with Liquid pay for it

    try:
        used = _environment().from_string(source).analyze()
    except LiquidError:
        return True
    return "date" in used.filters or any(
        name in _NAMES_OF_THE_TIME or name.startswith("[") for name in used.variables
    )


def liquid_version() -> str:
    """Name the version of what renders templates."""
    import liquid  # noqa: PLC0415 - only routes with Liquid pay for it

    return liquid.__version__


class _Number(float):
    """A number for Liquid's filters, which do not know `Decimal`, that prints its own digits."""

    __slots__ = ("_digits",)
    _digits: str

    @classmethod
    def of(cls, number: Decimal) -> _Number:
        """Take the nearest float, and the digits as they were written."""
        made = cls(number)
        made._digits = str(number)
        return made

    def __str__(self) -> str:
        return self._digits

    __repr__ = __str__  # inside a list or object too


def _for_liquid(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, dict):
        return {name: _for_liquid(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_for_liquid(each) for each in value]
    return value


def _number(value: Decimal) -> int | _Number:
    _, digits, exponent = value.as_tuple()
    # Only what has no exponent prints the same digits as an integer.
    if exponent == 0 and len(digits) < _MOST_DIGITS_OF_AN_INTEGER and value:
        return int(value)
    return _Number.of(value)


def _first_line(error: Exception) -> str:
    # A missing template has a message that begins with an empty line.
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _reason(error: Exception) -> str:
    if isinstance(error, ArithmeticError):
        return "a number is out of range"
    if isinstance(error, RecursionError):
        return "the record is nested too deeply"
    return _first_line(error)


@cache
def _environment() -> Environment:
    from liquid import Environment  # noqa: PLC0415 - only routes with Liquid pay for it

    class Bounded(Environment):
        loop_iteration_limit = MOST_TURNS

    return Bounded()
