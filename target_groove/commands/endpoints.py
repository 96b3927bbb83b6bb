"""`target-groove endpoints`: what the templates send, and how sure that is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from rich.table import Table

from target_groove.commands.output import print_table
from target_groove.endpoints import TEMPLATES
from target_groove.endpoints.custom import CUSTOM
from target_groove.reference import endpoint_markdown, endpoints_markdown
from target_groove.wording import unknown_name

if TYPE_CHECKING:
    from target_groove.endpoints.template import Field, Template


@click.command("endpoints")
@click.argument("endpoint_id", metavar="[ID]", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def command(endpoint_id: str | None, output_format: str) -> None:
    """Show the templates, or the one with this ID."""
    if endpoint_id == CUSTOM:
        click.echo("custom: what the route says, by method, url, headers, content_format and batch")
        return
    if endpoint_id is not None and endpoint_id not in TEMPLATES:
        raise click.UsageError(unknown_name("endpoint", endpoint_id, TEMPLATES))
    chosen = TEMPLATES[endpoint_id] if endpoint_id else None
    match output_format:
        case "json":
            shown = (
                chosen.describe() if chosen else [each.describe() for each in TEMPLATES.values()]
            )
            click.echo(json.dumps(shown, indent=2))
        case "markdown":
            click.echo(endpoint_markdown(chosen) if chosen else endpoints_markdown())
        case _ if chosen:
            _print_one(chosen)
        case _:
            _print_all()


def _print_all() -> None:
    table = Table("endpoint", "request", "certainty", "what it does", box=None, pad_edge=False)
    for each in TEMPLATES.values():
        table.add_row(each.id, f"{each.method} {each.path}", each.certainty.value, each.summary)
    table.add_row(
        CUSTOM, "what the route says", "", "Any other request: method, url, headers, batch"
    )
    print_table(table)


def _print_one(template: Template) -> None:
    click.echo(f"{template.id}: {template.summary}")
    click.echo(f"{template.method} {template.path}")
    for change in template.changes:
        later = TEMPLATES[change.endpoint]
        fields = f"{', '.join(change.fields)} changed" if change.fields else "something changed"
        click.echo(f"later, if {fields}: {later.method} {later.path} ({later.id})")
    click.echo(f"{template.certainty.value}: {template.source}\n")
    header = ("field", "type", "required", "also read from", "description")
    table = Table(*header, box=None, pad_edge=False)
    for param in template.path_params:
        synonyms = ", ".join(param.synonyms)
        table.add_row(f"{{{param.name}}}", "path parameter", "yes", synonyms, param.description)
    for each in template.fields:
        names = (*each.synonyms, *(each.look_up.names if each.look_up else ()))
        required = "yes" if each.required else ""
        table.add_row(each.name, each.type.value, required, ", ".join(names), _described(each))
    print_table(table)


def _described(field: Field) -> str:
    text = field.description
    if field.enum:
        text += f" One of {', '.join(field.enum)}."
    if field.value_synonyms:
        pairs = ", ".join(f"{word} for {value}" for word, value in field.value_synonyms.items())
        text += f" Also {pairs}."
    return text
