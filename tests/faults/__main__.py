"""A long campaign of faults: python -m tests.faults --runs 500 --seed 1."""

from __future__ import annotations

import argparse
import contextlib
import re
import secrets
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from tests.faults.campaign import Counts, benches, run_all
from tests.faults.cases import TABLE, Backend, Case, draw_case
from tests.faults.launching import ROOT
from tests.faults.servers import postgres_url

_FOLDER: Final = ROOT / ".cache" / "faults"


def main() -> int:
    """Run a campaign and say what it came to.

    Returns:
        1 if a promise was broken, else 0.
    """
    options = _options()
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        url = None if options.only_sqlite else stack.enter_context(postgres_url())
        if url is None and not options.only_sqlite:
            sys.stdout.write("There is no PostgreSQL server here: SQLite only.\n")
        backends = (Backend.SQLITE, Backend.POSTGRESQL) if url else (Backend.SQLITE,)
        if options.without_ledger:
            backends = (Backend.NONE,)
        numbers = options.only or range(options.runs)
        cases = [draw_case(options.seed, number, backends) for number in numbers]
        if options.case:
            cases = [
                replace(case, backend=backend)
                for name, case in TABLE.items()
                for backend in backends
                if re.fullmatch(options.case, name)
            ]
        places = stack.enter_context(benches(options.jobs, _FOLDER, url))
        sys.stdout.write(f"{len(cases)} trials, seed {options.seed}\n")
        counts = Counts()
        for number, report in zip(
            options.only or range(len(cases)), run_all(cases, places), strict=True
        ):
            counts.add(report)
            if report.findings.sentences:
                _tell(number, options.seed, report.case, report.findings.sentences, report.folder)
    sys.stdout.write(counts.table() + "\n")
    return not counts.is_good


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many cases are drawn")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="what they are drawn by")
    parser.add_argument("--only", type=int, action="append", help="only the case of this number")
    parser.add_argument("--case", help="cases of the table instead; their names, as a pattern")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--only-sqlite", action="store_true", help="without PostgreSQL")
    parser.add_argument(
        "--without-ledger", action="store_true", help="show what is lost and twice without it"
    )
    return parser.parse_args()


def _tell(number: int, seed: str, case: Case, sentences: list[str], folder: Path | None) -> None:
    sys.stdout.write(
        f"\nTrial {number} ({case.name}) broke a promise; "
        f"again: python -m tests.faults --seed {seed} --only {number}\n"
        f"  {case}\n  files: {folder}\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in sentences[:20])
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
