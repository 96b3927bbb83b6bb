"""Tables of endpoints and settings, for the command line and the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from target_groove.endpoints import TEMPLATES
from target_groove.settings import described_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from target_groove.endpoints.template import Template


def endpoints_markdown() -> str:
    """Make the table of all templates."""
    rows = [
        (
            f"`{each.id}`",
            each.summary,
            f"`{each.method} {each.path}`",
            ", ".join(_needs(each)) or "-",
            each.certainty.value,
        )
        for each in TEMPLATES.values()
    ]
    return markdown_table(("Endpoint", "What it does", "Request", "Needs", "Certainty"), rows)


def _needs(template: Template) -> Iterable[str]:
    yield from (f"`{each.name}`" for each in template.fields if each.required)
    yield from (" or ".join(f"`{name}`" for name in names) for names in template.one_of)


def endpoint_markdown(template: Template) -> str:
    """Describe one template."""
    lines = [
        f"## `{template.id}`",
        "",
        f"{template.summary}: `{template.method} {template.path}`.",
        f"Certainty: {template.certainty.value} ({template.source}).",
        "",
    ]
    for change in template.changes:
        later = TEMPLATES[change.endpoint]
        fields = ", ".join(f"`{name}`" for name in change.fields) or "Something"
        lines.append(f"- {fields} changed: `{later.method} {later.path}` (`{later.id}`)")
    if template.changes:
        lines.append("")
    lines += [f"- `{each.name}` (path): {each.description}" for each in template.path_params]
    if template.path_params:
        lines.append("")
    rows = [
        (
            f"`{each.name}`",
            f"`{each.type.value}`",
            "yes" if each.required else "",
            ", ".join(each.enum),
            ", ".join(each.names[1:]),
            each.description,
        )
        for each in template.fields
    ]
    header = ("Field", "Type", "Required", "Values", "Also read from", "Description")
    lines.append(markdown_table(header, rows) if rows else "No fields.")
    lines += (
        f"\nNeeded besides: {' or '.join(f'`{name}`' for name in names)}."
        for names in template.one_of
    )
    return "\n".join(lines)


def settings_markdown() -> str:
    """Make the table of all settings."""
    rows = []
    for each in described_settings():
        allowed = (
            f" One of {', '.join(f'`{choice}`' for choice in each['choices'])}."
            if each["choices"]
            else ""
        )
        rows.append((f"`{each['name']}`", _default(each), each["description"] + allowed))
    return markdown_table(("Setting", "Default", "Meaning"), rows)


def markdown_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table in Markdown."""
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = [header, ["---"] * len(header), *escaped]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _default(setting: dict[str, Any]) -> str:
    if setting["required"]:
        return "required"
    default = setting["default"]
    if default is None:
        return "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{list(default) if isinstance(default, tuple) else default}`"
