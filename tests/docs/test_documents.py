"""The documents say what the code says."""

from __future__ import annotations

import ast
import graphlib
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from target_groove.settings import described_settings
from target_groove.target import GrooveTarget

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGE_IDS = [str(page.relative_to(ROOT)) for page in PAGES]
PACKAGE = ROOT / "target_groove"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}

FLOORS = (
    {"__init__"},
    {"errors", "wording"},
    {"setting_addresses", "setting_field", "setting_values"},
    {"setting_responses", "setting_calls"},
    {"setting_widget"},
    {"settings"},
    {
        "attributes",
        "delivery",
        "liquid",
        "message_checks",
        "setting_schema",
        "standard_output",
        "stopping",
        "validation",
    },
    {"checkpoints", "endpoints", "expressions", "ledger", "lines"},
    {
        "batch_files",
        "config_sources",
        "in_doubt",
        "outputs",
        "routes",
        "state_output",
        "subjects",
    },
    {
        "attachments",
        "batch_reading",
        "batching",
        "engine_making",
        "fingerprint",
        "header_reading",
        "payload",
        "profile",
        "reader",
        "reference",
        "replay",
        "route_checks",
        "window",
    },
    {"differences", "planning", "route_reading", "send", "settling", "streams"},
    {"responses"},
    {"notes", "recovery", "under_way"},
    {"carrying", "configured_target", "ordering", "sink", "writing_down"},
    {"merging", "not_sent", "preparing", "sending"},
    {"arriving", "dispatch", "profile_delivery"},
    {"makers", "pipeline"},
    {"profile_pipeline"},
    {"assembly"},
    {"assembled_target"},
    {"demo", "target"},
    {"mapper", "preview"},
    {"cli", "sample", "spark"},
    {"commands", "profile_app"},
    {"__main__"},
)
LAYERS = {name: floor for floor, names in enumerate(FLOORS) for name in names}
"""Who may know whom: a module imports only from lower layers, or from its own package."""


def loader_definition() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (loader,) = project["plugins"]["loaders"]
    return loader  # type: ignore[no-any-return]


def imports(path: Path) -> set[str]:
    """Name the modules that a file of the package imports from it, also for type checking."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith(PACKAGE.name)
        ):
            inside = {f"{node.module}.{each.name}" for each in node.names}
            found |= inside & MODULES.keys() or {node.module}
    return found


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_what_follows_from_the_code_is_what_the_page_says(page: Path) -> None:
    with_tables = runpy.run_path(str(ROOT / "docs" / "write_tables.py"))["with_tables"]
    text = page.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run: make tables"


def test_readme_names_the_two_commands_first() -> None:
    commands = re.findall(r"^make (\w+)", README, flags=re.MULTILINE)
    assert commands[:2] == ["demo", "test"]


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_meltano_knows_every_setting_and_no_other() -> None:
    schema: dict[str, Any] = {"properties": {}}
    GrooveTarget.append_builtin_config(schema)
    ours = [each["name"] for each in described_settings()]
    known = {*ours, *schema["properties"]}
    assert {each["name"] for each in loader_definition()["settings"]} == known


def test_meltano_describes_settings_as_the_code_does() -> None:
    in_meltano = {each["name"]: each for each in loader_definition()["settings"]}
    for setting in described_settings():
        entry = in_meltano[setting["name"]]
        default = setting["default"] or None
        assert entry["description"] == setting["description"]
        assert entry.get("value") == (default if setting["default"] != 0 else 0)
        assert entry.get("sensitive", False) == setting["secret"]
        assert [each["value"] for each in entry.get("options", [])] == list(setting["choices"])
        assert entry["kind"] == ("options" if setting["choices"] else setting["kind"])


def test_meltano_gives_the_mapper_the_same_settings() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (mapper,) = project["plugins"]["mappers"]
    assert mapper["settings"] == loader_definition()["settings"]
    assert set(mapper["capabilities"]) <= set(loader_definition()["capabilities"])


def test_meltano_lists_the_capabilities_of_the_target() -> None:
    assert set(loader_definition()["capabilities"]) == {
        each.value for each in GrooveTarget.capabilities
    }


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_nothing_imports_upward(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    for module in imports(path):
        other = [*module.split("."), "__init__"][1]
        if own == "sandbox":
            assert other == "sandbox", f"the sandbox must not know {module}"
        elif other == "sandbox":
            assert own == "commands", f"only commands may start the sandbox, not {own}"
        elif other != own:
            assert LAYERS[other] < LAYERS[own], f"{own} must not know {other}"


def test_nothing_imports_in_a_circle() -> None:
    graph = {
        name: imports(path) & MODULES.keys() - {name}
        for name, path in MODULES.items()
        # A package's face looks its content up when it is asked for it.
        if path.name != "__init__.py"
    }
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_no_file_is_too_long_to_have_one_idea() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path.name: length for path, length in lengths.items() if length > 300} == {}
