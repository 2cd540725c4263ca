"""Damaged inputs for the program's parsers, and damaged files for the real media children: every file becomes a stream
or is rejected with a code, and leaves no file or process.

`make fuzz`, or `FUZZ_SEED=7 make fuzz` to repeat a run; `ARGS="--only 1234"` repeats one file of it. Inputs that cause a failure
are stored in `.setup/fuzz`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from support import fuzzing, media
from support.server import ROOT, binary


def parsers(seed: int, rounds: int, keep: Path) -> bool:
    """Runs a number of damaged inputs for each parser; prints failures and how to repeat them."""
    began = time.monotonic()
    command = [str(binary().with_name("ParserFuzz")), "--seed", str(seed), "--rounds", str(rounds), "--keep", str(keep)]
    done = subprocess.run(command)
    print(f"parsers: {rounds} inputs each in {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("FUZZ_SEED") or time.time_ns() // 10**6 % 10**6))
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=50_000, help="inputs for each parser")
    parser.add_argument("--start", type=int, default=0, help="number of the first file")
    parser.add_argument("--only", type=int, help="number of the one file")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--rows", type=Path, help="also append each outcome as a line of JSON")
    options = parser.parse_args()
    numbers = range(options.start, options.start + options.files)
    if options.only is not None:
        numbers = range(options.only, options.only + 1)
    print(f"seed {options.seed}: FUZZ_SEED={options.seed} make fuzz", flush=True)
    keep = ROOT / ".setup" / "fuzz"
    parsed = True
    if options.only is None and options.rounds > 0:
        parsed = parsers(options.seed, options.rounds, keep)
    with tempfile.TemporaryDirectory() as folder:
        # With more clips the numbers mean other files: a run must be repeated with the same folder.
        found = fuzzing.bases(Path(folder), media.clips())
    run = fuzzing.Run(options.seed, numbers, keep, options.at_once)
    began = time.monotonic()
    summary = fuzzing.Summary()
    with options.rows.open("a") if options.rows else nullcontext() as rows:
        for row in run.each(found):
            summary.outcomes.append(row)
            if rows:
                print(json.dumps(dataclasses.asdict(row)), file=rows, flush=True)
    print("\n".join(summary.table()))
    broken = [row for row in summary.outcomes if row.is_broken]
    for row in broken:
        print(f"{row.code}: file {row.number} ({row.base}, {row.kind}): {row.detail}")
    print(
        f"seed {options.seed}: {len(summary.outcomes)} files of {len(found)} bases in {time.monotonic() - began:.0f} s"
    )
    if broken:
        print(f'FAILED: {len(broken)}; FUZZ_SEED={options.seed} make fuzz ARGS="--only {broken[0].number}"')
    return 0 if parsed and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
