"""Virtual environments of other tools, installed once and kept below `.cache`."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_HERE = Path(__file__).parent
_CACHE = _HERE.parents[1] / ".cache" / "pipelines"


TOOLS: Final = {
    "meltano": "constraints-meltano.txt",
    "meltanolabs-tap-postgres": "constraints-tap-postgres.txt",
    "meltanolabs-target-postgres": "constraints-target-postgres.txt",
}
"""What the tests run, each with the file beside this one that has every exact version."""


def installed(requirement: str) -> Path:
    """Install a tool into an environment of its own, unless that was done before.

    Args:
        requirement: One of `TOOLS`.

    Returns:
        The folder with the tool's programs.

    Raises:
        RuntimeError: It cannot be installed; with what pip said.
    """
    pinned = _HERE / TOOLS[requirement]
    made_of = f"{sys.version}\n{requirement}\n{pinned.read_text(encoding='utf-8')}"
    key = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    environment = _CACHE / f"{requirement}-{key}"
    done = environment / "installed"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            print(f"Installing {requirement} into .cache ...", flush=True)  # noqa: T201
            for older in _CACHE.glob(f"{requirement}-*"):
                shutil.rmtree(older)
            _run(sys.executable, "-m", "venv", str(environment))
            pip = (str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet")
            _run(*pip, "--constraint", str(pinned), requirement)
            done.touch()
    return environment / "bin"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


if __name__ == "__main__":
    # Before the tests, which it would make look as if they hung.
    for tool in TOOLS:
        installed(tool)
