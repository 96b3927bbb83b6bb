"""Writes what follows from the code; `make tables` runs it.

That is: the tables in README and documentation, the examples' files in the how-to pages, and the
ledger's statements for SQLite. In a page a name between two marks says what belongs there:

    <!-- settings: begin -->
    <!-- settings: end -->
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from sqlalchemy.dialects import sqlite

from target_groove.cli import CommandLine, MapperCommandLine
from target_groove.endpoints import TEMPLATES
from target_groove.ledger.definitions import everything
from target_groove.ledger.written import FILE as STATEMENTS
from target_groove.reference import (
    endpoint_markdown,
    endpoints_markdown,
    markdown_table,
    settings_markdown,
)
from target_groove.responses.response import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
_MARKED: Final = re.compile(
    r"(?P<begin><!-- (?P<name>[\w./-]+): begin -->\n)(?P<content>.*?)"
    r"(?P<end><!-- (?P=name): end -->)",
    re.DOTALL,
)
_LANGUAGES: Final = {".jsonl": "json", ".py": "python", ".yaml": "yaml", ".yml": "yaml"}


def linked_endpoints_markdown() -> str:
    """Make the table of all templates, each with a link to its description below."""
    return re.sub(r"^\| `(\w+)`", r"| [`\1`](#\1)", endpoints_markdown(), flags=re.MULTILINE)


def all_endpoints_markdown() -> str:
    """Describe every template."""
    return "\n\n".join(endpoint_markdown(each) for each in TEMPLATES.values())


def commands_markdown() -> str:
    """Describe both programs, and the commands."""
    return "\n".join(
        line
        for each in (CommandLine, MapperCommandLine)
        for line in _described_command(each.get_singer_command(), each.name)
    )


def responses_markdown() -> str:
    """Make the table of what is told of an answer."""
    rows = [
        (f"`{name}`", f"`{'|'.join(_types(schema))}`", schema["description"])
        for name, schema in PROPERTIES.items()
    ]
    return markdown_table(("Attribute", "Type", "Meaning"), rows)


def _types(schema: dict[str, Any]) -> list[str]:
    types = schema["type"]
    names = [types] if isinstance(types, str) else types
    return [schema.get("format", name) if name == "string" else name for name in names]


MADE: Final = {
    "endpoints": linked_endpoints_markdown,
    "all-endpoints": all_endpoints_markdown,
    "settings": settings_markdown,
    "commands": commands_markdown,
    "responses": responses_markdown,
}


def with_tables(text: str) -> str:
    """Put what is true today between the marks of a page."""
    return _MARKED.sub(lambda marked: f"{marked['begin']}{_made(marked)}\n{marked['end']}", text)


def _made(marked: re.Match[str]) -> str:
    name = marked["name"]
    if name in MADE:
        return MADE[name]()
    if "/" not in name:
        # Another program writes it: the figures in docs/performance.md.
        return marked["content"].removesuffix("\n")
    path = ROOT / name
    return f"```{_LANGUAGES.get(path.suffix, 'text')}\n{path.read_text(encoding='utf-8')}```"


def _described_command(command: click.Command, name: str) -> Iterator[str]:
    """Describe a command and those below it."""
    context = click.Context(command, info_name=name)
    arguments = [each.make_metavar(context) for each in command.params if _is_argument(each)]
    help_text = inspect.cleandoc(command.help or "")
    yield f"## `{' '.join([name, *arguments])}`\n\n{help_text}\n"
    options = [each.get_help_record(context) for each in command.params if not _is_argument(each)]
    rows = [(f"`{names}`", meaning) for names, meaning in filter(None, options)]
    if rows:
        yield markdown_table(("Option", "Meaning"), rows) + "\n"
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            assert below is not None  # noqa: S101 - it was listed
            yield from _described_command(below, f"{name} {each}")


def _is_argument(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Argument)


def statements() -> str:
    """Write the ledger's statements of today."""
    return json.dumps(everything(sqlite.dialect()), indent=1) + "\n"


if __name__ == "__main__":
    STATEMENTS.write_text(statements(), encoding="utf-8")
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
