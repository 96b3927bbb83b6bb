"""The program, with a kill point: python -m tests.faults.killed --config …

`KILL` in the environment is `<name of the point>:<n>`: at the n-th passage the process kills
itself with SIGKILL. Without it, the program is what it always is.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Final, NoReturn

from tests.faults.points import BY_NAME, When

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIABLE: Final = "KILL"
NO_SUCH_POINT: Final = 99
"""Exit code when the program has no such function: the table of points is out of date."""


def install(environment: Mapping[str, str]) -> None:
    """Put the kill point into the program that is imported in this process."""
    if not (wanted := environment.get(VARIABLE)):
        return
    name, _, passage = wanted.rpartition(":")
    for function in BY_NAME[name].functions:
        owner, attribute = find(function)
        original = inspect.getattr_static(owner, attribute)
        is_static = isinstance(original, staticmethod)
        plain = original.__func__ if is_static else original
        deadly = _deadly(plain, BY_NAME[name].when, int(passage))
        setattr(owner, attribute, staticmethod(deadly) if is_static else deadly)


def find(function: str) -> tuple[Any, str]:
    """Find the module or class that a point's function is an attribute of.

    Raises:
        AttributeError: The program has no such function.
        ImportError: The program has no such module.
    """
    module, _, path = function.partition(":")
    *parents, attribute = path.split(".")
    owner: Any = functools.reduce(getattr, parents, importlib.import_module(module))
    inspect.getattr_static(owner, attribute)
    return owner, attribute


def _deadly(function: Callable[..., Any], when: When, passage: int) -> Callable[..., Any]:
    passed = 0

    @functools.wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        nonlocal passed
        passed += 1
        if passed != passage:
            return function(*arguments, **named)
        if when is When.BEFORE:
            _die()
        if when is When.HALF:
            *others, data = arguments
            function(*others, data[: len(data) // 2], **named)
            _die()
        try:
            return function(*arguments, **named)
        finally:
            # Also when it raises: a lost answer is an end of a call as well.
            _die()

    return wrapper


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()
    raise AssertionError


def run() -> None:
    """Install the kill point and be the program."""
    try:
        install(os.environ)
    except (AttributeError, ImportError, KeyError) as error:
        sys.stderr.write(f"no such kill point: {error!r}\n")
        sys.exit(NO_SUCH_POINT)
    # Late, so that importing this module costs nothing.
    importlib.import_module("target_groove.cli").main()


if __name__ == "__main__":
    run()
