"""How many planted faults the tests of bot/release notice: `make mutants` (docs/testing.md says how to read it).

mutmut makes the faults and judges each by the tests that reach it. This takes a seeded sample of them, so that a run
ends in minutes and can be had again, prints one row a file, and fails below the least kill rate.
"""

import argparse
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parents[1]
MADE = HERE / "mutants"
SAMPLE, SEED, LEAST = 1_000, 3, 0.85
MEMORY = 2 * 1024**3  # bytes of address space for each process
FIRST = "bot.release.suggest*"  # mutmut writes down all faults before it tries the ones that are asked for
# Functions of fields.py that only make the models, when they are imported: a worker's fault comes too late for them.
ON_IMPORT = re.compile(
    r".*\.fields\.x_(_word|field_title|null_is_empty|_any_case|_words_schema|_pattern_schema)__mutmut_\d+"
)

KILLED, SLOW = "killed", "too slow"
# The exit codes of pytest and of mutmut's workers: what crashes or does not end by itself is noticed, too.
VERDICTS: dict[int | None, str] = {
    **dict.fromkeys((1, 2, 3, -6, -9, -11), KILLED),
    **dict.fromkeys((24, -24, 36, 152), SLOW),
    **dict.fromkeys((5, 33), "no test"),
    0: "survived",
}


def main() -> int:
    """1 when fewer are killed than should be; 2 when mutmut itself failed."""
    ask = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    ask.add_argument("--sample", type=int, default=SAMPLE, help="how many to try; 0: all")
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--only", default="", help="the files to take them from, such as version,words")
    ask.add_argument("--survivors", action="store_true", help="show the faults that nobody noticed")
    wanted = ask.parse_args()
    # A fault that fills the memory is stopped before the machine feels it: all whom we start inherit the limit.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    shutil.rmtree(MADE, ignore_errors=True)
    if _mutmut("run", FIRST):
        return 2
    files = wanted.only.split(",") if wanted.only else []
    names = sorted(n for n in _codes() if not ON_IMPORT.fullmatch(n) and (not files or _file(n) in files))
    taken = random.Random(wanted.seed).sample(names, min(wanted.sample or len(names), len(names)))
    if _mutmut("run", *taken):
        return 2
    codes = {name: code for name, code in _codes().items() if name in set(taken)}
    strange = {name: code for name, code in codes.items() if code not in VERDICTS}
    if strange:
        print(f"{len(strange):,} mutants were not judged, such as {next(iter(strange.items()))}", file=sys.stderr)
        return 2
    found = {name: VERDICTS[code] for name, code in codes.items()}
    print(f"{len(taken):,} of {len(names):,} mutants, seed {wanted.seed}\n")
    rate = _table(found)
    if wanted.survivors:
        for name in sorted(name for name, verdict in found.items() if verdict not in (KILLED, SLOW)):
            _mutmut("show", name)
    return int(rate < LEAST)


def _mutmut(*words: str) -> int:
    """Run it; its output is ours."""
    return subprocess.run(
        [str(Path(sysconfig.get_path("scripts"), "mutmut")), *words], cwd=HERE, check=False
    ).returncode


def _codes() -> dict[str, int | None]:
    """The name of every mutant with the exit code of its tests (None: not tried)."""
    files = sorted((MADE / "bot/release").glob("*.meta"))
    return {n: c for file in files for n, c in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items()}


def _file(name: str) -> str:
    return name.split(".")[2]


def _table(found: dict[str, str]) -> float:
    """One row a file, as docs/testing.md has them, and the share that was noticed."""
    print("| file | mutants | killed | too slow | survived | no test | rate |")
    print(f"| --- |{' ---: |' * 6}")
    for file in sorted({_file(name) for name in found}):
        _row(f"`{file}.py`", [verdict for name, verdict in found.items() if _file(name) == file])
    return _row("all", list(found.values()))


def _row(title: str, verdicts: list[str]) -> float:
    count = Counter(verdicts)
    rate = (count[KILLED] + count[SLOW]) / len(verdicts)
    cells = [len(verdicts), *(count[kind] for kind in (KILLED, SLOW, "survived", "no test"))]
    print(f"| {title} | {' | '.join(f'{n:,}' for n in cells)} | {rate:.0%} |")
    return rate


if __name__ == "__main__":
    sys.exit(main())
