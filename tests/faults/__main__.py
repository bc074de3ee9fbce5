"""``python -m tests.faults [--trials N] [--seed S] [--only KIND]``: kill processes in mid-stream, many times; a table,
then JSON. Exit status 1 if anything did not hold.
"""

import argparse
import asyncio
import json
import sys
from dataclasses import asdict

from tests.faults.rig import Rig
from tests.faults.trial import FAULTS, LIMIT_SECONDS, Fault, Verdict, play

NAMES = ("trials", "runs", "finished", "interrupted", "redriven", "slowest_s", "bad")


def progress(verdict: Verdict) -> None:
    """One line a trial, on stderr."""
    word = "ok" if not verdict.problems else "BAD: " + "; ".join(verdict.problems)
    line = f"{verdict.fault} {verdict.seed}: {verdict.runs} slowest {verdict.slowest} s {word}"
    print(line, file=sys.stderr, flush=True)


def summary(verdicts: list[Verdict], fault: Fault) -> dict[str, object]:
    """The figures of one kind of fault."""
    mine = [each for each in verdicts if each.fault == fault]
    return {
        "trials": len(mine),
        "runs": sum(sum(each.runs.values()) for each in mine),
        "finished": sum(each.runs.get("finished", 0) for each in mine),
        "interrupted": sum(each.runs.get("interrupted", 0) for each in mine),
        "redriven": sum(each.redriven for each in mine),
        "asked_again_unseen": sum(each.asked_again_unseen for each in mine),
        "slowest_s": max((each.slowest for each in mine), default=0.0),
        "bad": sum(bool(each.problems) for each in mine),
    }


def main() -> int:
    """1 if anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the first trial")
    parser.add_argument("--only", choices=FAULTS, action="append", help="can be repeated")
    arguments = parser.parse_args()
    chosen = arguments.only or list(FAULTS)
    plan = [(fault, arguments.seed + number) for fault in chosen for number in range(arguments.trials)]
    with Rig() as rig:
        verdicts = asyncio.run(play(rig, plan, progress))
        if any(each.problems for each in verdicts):
            print(rig.stack.log[-5000:], file=sys.stderr)
    figures = {fault: summary(verdicts, fault) for fault in chosen}
    print(f"Every run final within {LIMIT_SECONDS:.0f} s of the fault, nothing that was seen lost or doubled:")
    print("".join(["fault".ljust(8), *(name.rjust(13) for name in NAMES)]))
    for fault, row in figures.items():
        print("".join([fault.ljust(8), *(str(row[name]).rjust(13) for name in NAMES)]))
    bad = [asdict(each) for each in verdicts if each.problems]
    print(json.dumps({"figures": figures, "bad": bad}, indent=2))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
