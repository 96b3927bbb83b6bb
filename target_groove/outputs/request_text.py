"""Requests and answers as people read them, with colours on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn

import msgspec
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from target_groove.delivery.encoding import to_json
from target_groove.standard_output import showing
from target_groove.wording import printable

if TYPE_CHECKING:
    from target_groove.outputs.request_lines import RequestLine

_OF_EVERY_REQUEST: Final = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "user-agent"}
)
"""Headers that say nothing about one request; the lines for tools have them."""
_MOST_RECORDS_NAMED: Final = 3
_ACTIONS: Final[Mapping[str, str]] = {
    "create": "bold green",
    "update": "bold yellow",
    "delete": "bold red",
    "look_up": "bold blue",
    "rejected": "bold red",
    "held": "bold red",
}
_OTHER_ACTION: Final = "dim"


class _Console(Console):
    """Leaves it to the command what a reader who goes away means."""

    def on_broken_pipe(self) -> NoReturn:
        """Say it as everybody else does."""
        raise BrokenPipeError


class RequestText:
    """Writes requests, one below the other."""

    def __init__(self, file: IO[str] | None = None) -> None:
        """Take the file, standard output if None; `NO_COLOR` is obeyed."""
        self._console = _Console(
            file=file or sys.stdout, markup=False, highlight=False, emoji=False, soft_wrap=True
        )
        self._count = 0

    def show(self, line: RequestLine) -> None:
        """Write one request, or why there is none, with a blank line behind it."""
        style = _ACTIONS.get(line.action.partition(":")[0], _OTHER_ACTION)
        head = Text.assemble((line.action, style))
        about = " · ".join(filter(None, (line.stream, line.endpoint, *_records(line))))
        if about:
            head.append(f"  {printable(about)}", style="dim")
        if line.method is not None:
            self._count += 1
            head = Text.assemble((f"{self._count}. ", "bold"), head)
        self._print(head)
        if line.method is not None:
            self._print(Text(f"{line.method} {printable(line.url or '')}", style="bold"))
            for name, value in line.headers.items():
                if name.lower() not in _OF_EVERY_REQUEST:
                    self._print(Text(f"{name}: {printable(value)}", style="dim"))
            self.body(line.body)
        for each in line.problems:
            self._print(Text(f"! {printable(each)}", style="yellow" if line.method else "red"))
        self._print(Text())

    def body(self, body: Any) -> None:
        """Write a body: data as JSON, a GraphQL document as such, a text as it is."""
        if isinstance(body, Mapping) and isinstance(body.get("query"), str):
            self._print_code(body["query"], "graphql")
            self.body(body.get("variables"))
        elif isinstance(body, str):
            for each in body.splitlines():
                self._print(Text(printable(each)))
        elif body is not None:
            self._print_code(pretty(body), "json")

    def sentence(self, text: str, style: str = "") -> None:
        """Write a line of text."""
        self._print(Text(printable(text), style=style))

    def _print(self, text: Text) -> None:
        with showing():
            self._console.print(text)

    def _print_code(self, code: str, language: str) -> None:
        if self._console.color_system is None:
            for each in code.splitlines():
                self._print(Text(printable(each)))
            return
        theme = "ansi_dark"  # The terminal's own colours, so that it can be read on any ground.
        coloured = Syntax(code, language, theme=theme, background_color="default").highlight(code)
        self._print(Text("\n").join(map(_printable_line, coloured.split("\n", allow_blank=False))))


def pretty(value: Any) -> str:
    """Write data as JSON over several lines; numbers keep their digits."""
    return msgspec.json.format(to_json(value), indent=2).decode()


def _printable_line(line: Text) -> Text:
    return line if line.plain.isprintable() else Text(printable(line.plain))


def _records(line: RequestLine) -> list[str]:
    named = [f"{each.place} {each.key}".rstrip() for each in line.sources[:_MOST_RECORDS_NAMED]]
    more = len(line.sources) - len(named)
    return [*named, f"and {more} more"] if more > 0 else named
