"""Takes mutated documents through `convoy check` and through passes, in a process of its own to tell its memory.

Prints one JSON object: how many documents were taken in and refused, what went wrong with which, and by how many bytes
the process grew from the end of the first round to the most that it ever had. The number of a document is its seed.
"""

import gc
import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import typer

from bot.cli.check import check
from bot.cli.portfolio import portfolio_release_plan
from tests.hostile.mutations import PLAN, mutated_plan, mutated_status

NOW = "2026-03-04T09:00:00Z"
_REFUSED = re.compile(r"(?P<file>.+?\.json):(?P<line>[1-9][0-9]*): (?P<reason>\S.*)")
_REPOSITORIES = 500
"""Repositories of the train whose passes read the documents, and documents of one round."""
_PLANS = 100
"""Plans of one round."""


class Tally:
    """What came of it."""

    def __init__(self) -> None:
        self.accepted = self.refused = 0
        self.wrong: list[str] = []

    def verdict(self, paths: Sequence[Path], code: int, out: str) -> set[Path]:
        """Count what `convoy check` said of files; which of them it refused."""
        refused = set()
        for line in out.splitlines():
            found = _REFUSED.fullmatch(line)
            if found is None or Path(found["file"]) not in paths:
                self.wrong.append(f"not FILE:LINE: reason: {line!r}")
            else:
                refused.add(Path(found["file"]))
        if bool(refused) != bool(code):
            self.wrong.append(f"exit code {code} with {len(refused)} files refused")
        self.refused += len(refused)
        self.accepted += len(paths) - len(refused)
        return refused


def silently(work: "typer.models.CommandFunctionType", *arguments: object, **options: object) -> tuple[int, str, str]:
    """A command called in this process: its exit code and what it printed where. Anything but an exit is raised."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            work(*arguments, **options)
        except typer.Exit as end:
            code = end.exit_code
    return code, out.getvalue(), err.getvalue()


def statuses(first: int, folder: Path, tally: Tally) -> None:
    """One round of status documents: each checked, then all of them read in one pass over a train."""
    reports = folder / "reports"
    paths = []
    for number in range(_REPOSITORIES):
        path = reports / f"r{number}" / "ga_status.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mutated_status(first + number, f"r{number}"))
        paths.append(path)
    code, out, _ = silently(check, paths)
    refused = tally.verdict(paths, code, out)
    code, out, err = silently(
        portfolio_release_plan, folder / "train.json", out=folder / "out", reports=reports, now=NOW
    )
    unread = dict(line.split(": ", 1) for line in err.splitlines())
    # One that speaks of another repository than its folder is good by itself, and refused by the pass.
    for path in refused:
        if not _REFUSED.match(unread.get(path.parent.name, "")):
            tally.wrong.append(f"{first}+{path.parent.name}: the pass took what check refused, or did not say why")
    for name, reason in unread.items():
        if not _REFUSED.match(reason):
            tally.wrong.append(f"{first}+{name}: no file, line and reason: {reason!r}")
    if code:
        tally.wrong.append(f"the pass over {first} ended with {code}")


def plans(first: int, folder: Path, tally: Tally) -> None:
    """One round of plans: each checked, then a pass over it; one that is refused must be refused by both."""
    for number in range(first, first + _PLANS):
        path = folder / "release_plan.json"
        path.write_bytes(mutated_plan(number))
        code, out, _ = silently(check, [path])
        refused = tally.verdict([path], code, out)
        shutil.rmtree(folder / "plan-out", ignore_errors=True)
        code, _, err = silently(portfolio_release_plan, path, out=folder / "plan-out", reports=folder / "none", now=NOW)
        as_plan = all(_REFUSED.fullmatch(line) for line in err.splitlines()) if code else True
        if code not in (0, 2) or not as_plan or (refused and code == 0):
            tally.wrong.append(f"plan {number}: check refused {len(refused)}, the pass ended with {code}: {err[:200]}")


def memory(field: str) -> int:
    """Bytes of memory that this process has now (`VmRSS`) or had at most (`VmHWM`).

    Not `ru_maxrss`: that one remembers the process which started this one.
    """
    gc.collect()
    found = re.search(rf"^{field}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found, field
    return int(found[1]) * 1024


def train() -> bytes:
    """A plan of the repositories whose documents are mutated."""
    rows = [
        {"name": f"r{n}", "version": "v1.5.0", "status": "NOT_STARTED", "dependencies": []}
        for n in range(_REPOSITORIES)
    ]
    for n, row in enumerate(rows[1:]):
        row["dependencies"] = [{"name": f"r{n // 2}", "version": "v1.4.0"}]
    group = {"name": "All", "lead": "Captain", "repositories": rows}
    return json.dumps({**PLAN, "releaseGroups": [group]}).encode()


def main(documents: int, leak: bool) -> None:
    """Run the rounds and say what came of them."""
    tally, kept, start, done = Tally(), [], 0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "none").mkdir()
        (folder / "train.json").write_bytes(train())
        while done < documents:
            statuses(done, folder, tally)
            plans(done + _REPOSITORIES, folder, tally)
            done += _REPOSITORIES + _PLANS
            start = start or memory("VmRSS")
            if leak:
                kept.append(bytearray(b"x" * 40_000_000))
    grown = memory("VmHWM") - start
    result = {"documents": done, "accepted": tally.accepted, "refused": tally.refused, "grown": grown}
    print(json.dumps({**result, "wrong": tally.wrong[:20], "kept": len(kept)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), "leak" in sys.argv[2:])
