"""Says whether there is a Java that Spark runs on."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

LEAST = 17


def missing() -> str:
    """Give the reason why Spark cannot run; empty if it can."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if java is None:
        return "There is no Java here."
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"Java cannot be started ({java}: {error.strerror})."
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    if found is None:
        return f"Java does not say its version ({java})."
    version = int(found[1])
    return "" if version >= LEAST else f"Spark needs Java {LEAST}, this is {version} ({java})."


if __name__ == "__main__":
    sys.exit(missing() or 0)
