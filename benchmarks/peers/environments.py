"""Virtual environments of other tools, made once and kept below `.cache`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import ROOT, NotMeasuredError

_HERE = Path(__file__).parent
_CACHE = ROOT / ".cache" / "peers"


def installed(package: str) -> Path:
    """Install a tool with exact versions, unless that was done before.

    Args:
        package: A name for which there is a file of constraints beside this one.

    Returns:
        The folder with its programs.

    Raises:
        NotMeasuredError: It cannot be installed, as it is without network.
    """
    pinned = _HERE / f"constraints-{package}.txt"
    made_of = f"{sys.version}\n{pinned.read_text(encoding='utf-8')}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    programs = _CACHE / f"{package}-{key}" / "bin"
    done = programs.parent / "installed"
    if not done.exists():
        for older in _CACHE.glob(f"{package}-*"):
            shutil.rmtree(older)
        _run(sys.executable, "-m", "venv", str(programs.parent))
        pip = (str(programs / "python"), "-m", "pip", "install", "--quiet")
        _run(*pip, "--disable-pip-version-check", "--retries", "1", "-c", str(pinned), package)
        done.touch()
    return programs


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        # What pip says may name the registry, which is nobody's business in a document.
        msg = "it could not be installed, as without network"
        raise NotMeasuredError(msg)
