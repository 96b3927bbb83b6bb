"""A long campaign of faults: python -m tests.faults --runs 500 --seed 1."""

from __future__ import annotations

import argparse
import contextlib
import re
import secrets
import shutil
import sys
from dataclasses import replace
from typing import Final

from tests.faults.campaign import JOBS, Counts, begun, benches
from tests.faults.cases import TABLE, Backend, draw_case
from tests.faults.launching import ROOT
from tests.faults.servers import databases
from tests.faults.trial import Report

_FOLDER: Final = ROOT / ".cache" / "faults"


def main() -> int:
    """Run a campaign and say what it came to.

    Returns:
        1 if a promise was broken, else 0.
    """
    options = _options()
    shutil.rmtree(_FOLDER, ignore_errors=True)
    with contextlib.ExitStack() as stack:
        server = None if options.only_sqlite else stack.enter_context(databases())
        if server is None and not options.only_sqlite:
            sys.stdout.write("There is no PostgreSQL server here: SQLite only.\n")
        backends = (Backend.SQLITE, Backend.POSTGRESQL) if server else (Backend.SQLITE,)
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
        places = stack.enter_context(benches(options.jobs, _FOLDER, server))
        sys.stdout.write(f"{len(cases)} trials, seed {options.seed}\n")
        counts = Counts()
        futures = stack.enter_context(begun(cases, places))
        for number, future in zip(options.only or range(len(cases)), futures, strict=True):
            report = future.result()
            counts.add(report)
            if report.findings.sentences:
                _tell(number, options.seed, report, "broke a promise")
            elif report.findings.undecided:
                _tell(number, options.seed, report, "held what Groove was asked for")
    sys.stdout.write(counts.table() + "\n")
    return not counts.is_good


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500, help="how many cases are drawn")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="what they are drawn by")
    parser.add_argument("--only", type=int, action="append", help="only the case of this number")
    parser.add_argument("--case", help="cases of the table instead; their names, as a pattern")
    parser.add_argument("--jobs", type=int, default=JOBS, help="how many at a time")
    parser.add_argument("--only-sqlite", action="store_true", help="without PostgreSQL")
    parser.add_argument(
        "--without-ledger", action="store_true", help="show what is lost and twice without it"
    )
    return parser.parse_args()


def _tell(number: int, seed: str, report: Report, what: str) -> None:
    sys.stdout.write(
        f"\nTrial {number} ({report.case.name}) {what}; "
        f"again: python -m tests.faults --seed {seed} --only {number}\n"
        f"  {report.case}\n  files: {report.folder}\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in report.findings.sentences[:20])
    sys.stdout.writelines(f"  {each}\n" for each in report.findings.undecided)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
