"""The projects of `examples/`, copied as they are shipped."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import yaml

from tests.pipelines.project import Project

EXAMPLES = Path(__file__).parents[2] / "examples"


def shipped(name: str, folder: Path, programs: Path) -> Project:
    """Copy an example into a folder, beside the tap that the examples share.

    Args:
        name: The example's folder below `examples`.
        folder: Where the copy of `examples` is, or will be.
        programs: The folder with Meltano's programs.
    """
    root = folder / name
    shutil.copytree(EXAMPLES / name, root, ignore=shutil.ignore_patterns(".*"))
    for tap in EXAMPLES.glob("*.py"):
        shutil.copy2(tap, folder)
    definition = yaml.safe_load((root / "meltano.yml").read_text(encoding="utf-8"))
    for kind in ("loaders", "mappers"):
        for plugin in definition["plugins"].get(kind, ()):
            if plugin["pip_url"].startswith("-e ../.."):
                # The installation under test; so there is nothing to install.
                plugin["executable"] = str(Path(sys.executable).parent / plugin["executable"])
                del plugin["pip_url"]
    text = yaml.safe_dump(definition, allow_unicode=True)
    (root / "meltano.yml").write_text(text, encoding="utf-8")
    return Project(root, programs)
