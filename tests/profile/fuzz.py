"""Schemathesis against the profile service: python -m tests.profile.fuzz PATH_OF_ST [EXAMPLES].

Its program is installed apart from the rest (`make fuzz-profile`), as it brings much along.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from target_groove.profile.changes import Change
from target_groove.profile.opening import open_store
from target_groove.profile.service import Limits
from target_groove.profile.serving import served
from target_groove.profile.visitor import Visitor, sign, signing_key
from target_groove.profile.writing import ProfileWriter
from target_groove.settings import Settings

_TOKEN: Final = "secret-token-77c1"
_KNOWN: Final = "ada@example.com"
_EXAMPLES: Final = "200"


def main(program: str, examples: str = _EXAMPLES) -> int:
    """Fuzz without the token, with it, and with a customer who is known; and so a visitor.

    Returns:
        0 if nothing was found.
    """
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/profiles.db"
        writer = ProfileWriter(open_store(url), now=time.time)
        writer.write([Change("s", "1", _KNOWN, None, '{"plan":"pro","seats":3,"left":null}')])
        writer.close()
        # Schemathesis asks more often than anybody should.
        limits = Limits(requests_per_second=0, refusals_per_minute=0)
        settings = Settings(
            api_token=_TOKEN,
            profile_url=url,
            widget_fields=("plan", "seats", "left"),
            widget_calls=({"call": "category", "value": "{{ plan }}"},),
        )
        visitor = sign(Visitor(_KNOWN, int(time.time()) + 3600), signing_key(settings))
        with served(settings, open_store(url), limits=limits) as address:
            for given in (
                {},
                {"api_token": _TOKEN},
                {"api_token": _TOKEN, "email": _KNOWN, "v": visitor},
            ):
                lines = [f'"query.{name}" = "{value}"' for name, value in given.items()]
                text = "\n".join(["[parameters]", *lines, ""]) if lines else ""
                Path(folder, "schemathesis.toml").write_text(text, encoding="utf-8")
                command = [program, "run", f"{address}openapi.json", "--max-examples", examples]
                failed |= subprocess.run(command, cwd=folder, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
