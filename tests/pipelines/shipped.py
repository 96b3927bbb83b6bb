"""The projects of `examples/`, copied as they are shipped."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.pipelines.project import Project

EXAMPLES = Path(__file__).parents[2] / "examples"


def shipped(name: str, folder: Path, programs: Path, others: Mapping[str, Path]) -> Project:
    """Copy an example into a folder, beside the tap that the examples share.

    What the example would install is there already, and is taken from where it is.

    Args:
        name: The example's folder below `examples`.
        folder: Where the copy of `examples` is, or will be.
        programs: The folder with Meltano's programs.
        others: The folders with the programs of other plugins, by plugin.
    """
    root = folder / name
    shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns(".*"))
    for tap in EXAMPLES.glob("*.py"):
        shutil.copy2(tap, folder)
    definition = yaml.safe_load((root / "meltano.yml").read_text(encoding="utf-8"))
    for kind in ("loaders", "mappers"):
        for plugin in definition["plugins"].get(kind, ()):
            there = others.get(plugin["name"], Path(sys.executable).parent)
            plugin["executable"] = str(there / plugin["executable"])
            del plugin["pip_url"]
    text = yaml.safe_dump(definition, allow_unicode=True)
    (root / "meltano.yml").write_text(text, encoding="utf-8")
    return Project(root, programs)
