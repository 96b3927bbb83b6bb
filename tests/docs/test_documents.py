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
PACKAGE = ROOT / "target_groove"

LAYERS = {
    "errors": 0,
    "wording": 0,
    "setting_addresses": 0,
    "setting_responses": 1,
    "setting_values": 1,
    "settings": 2,
    "setting_schema": 3,
    "standard_output": 2,
    "delivery": 2,
    "attributes": 2,
    "endpoints": 3,
    "subjects": 4,
    "window": 5,
    "responses": 5,
    "recovery": 6,
    "in_doubt": 4,
    "ledger": 3,
    "liquid": 2,
    "expressions": 3,
    "checkpoints": 3,
    "state_output": 4,
    "stopping": 2,
    "routes": 4,
    "outputs": 4,
    "lines": 3,
    "batch_files": 4,
    "config_sources": 4,
    "batch_reading": 5,
    "reader": 5,
    "reference": 5,
    "replay": 5,
    "attachments": 5,
    "payload": 5,
    "batching": 5,
    "route_checks": 5,
    "route_reading": 6,
    "streams": 6,
    "differences": 6,
    "planning": 6,
    "not_sent": 8,
    "dispatch": 9,
    "sending": 8,
    "send": 6,
    "notes": 7,
    "carrying": 7,
    "writing_down": 7,
    "ordering": 7,
    "merging": 8,
    "preparing": 7,
    "settling": 6,
    "pipeline": 10,
    "message_checks": 2,
    "validation": 2,
    "configured_target": 7,
    "assembly": 11,
    "sink": 7,
    "assembled_target": 12,
    "target": 13,
    "demo": 13,
    "mapper": 14,
    "cli": 15,
    "commands": 16,
    "__main__": 17,
    "__init__": -1,
}
"""Who may know whom: a module imports only from lower layers, or from its own package."""


def loader_definition() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (loader,) = project["plugins"]["loaders"]
    return loader  # type: ignore[no-any-return]


def imports(path: Path) -> list[str]:
    """Name what a file of the package imports from the package, outside of type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in guarded:
            parts = node.module.split(".")
            if parts[0] == "target_groove":
                found += (
                    [node.module]
                    if len(parts) > 1
                    else [f"target_groove.{each.name}" for each in node.names]
                )
    return found


def test_readme_tables_are_those_of_the_code() -> None:
    with_tables = runpy.run_path(str(ROOT / "docs" / "write_tables.py"))["with_tables"]
    assert with_tables(README) == README, "run: make tables"


def test_readme_names_the_two_commands_first() -> None:
    commands = re.findall(r"^make (\w+)", README, flags=re.MULTILINE)
    assert commands[:2] == ["demo", "test"]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)\)", README))
def test_readme_links_exist(link: str) -> None:
    assert (ROOT / link).exists()


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
        other = module.split(".")[1]
        if own == "sandbox":
            assert other == "sandbox", f"the sandbox must not know {module}"
        elif other == "sandbox":
            assert own == "commands", f"only commands may start the sandbox, not {own}"
        elif other not in {own, "__version__"}:
            assert LAYERS[other] < LAYERS[own], f"{own} must not know {other}"


def test_nothing_imports_in_a_circle() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    graph = {
        name: {each for each in imports(path) if each in modules} - {name}
        for name, path in modules.items()
        # A package's face looks its content up when it is asked for it.
        if path.name != "__init__.py"
    }
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_no_file_is_too_long_to_have_one_idea() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path.name: length for path, length in lengths.items() if length > 300} == {}
