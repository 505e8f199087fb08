"""One row a measurement, printed as it comes: what, how long, the baseline of the same run, and the ratio."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`took` and `baseline` in milliseconds; `goal` is the ratio that was promised, None where none was."""

    what: str
    took: float
    baseline_what: str
    baseline: float
    goal: float | None = None
    note: str = ""


def print_rows(name: str, rows: Iterator[Row]) -> None:
    """Print a heading and each row as soon as it is measured."""
    print(f"\n{name}")
    print(f"  {'what':<58} {'ms':>10}   {'baseline in the same run':<44} {'ms':>10} {'ratio':>7}  goal")
    for row in rows:
        ratio = row.took / row.baseline if row.baseline else float("nan")
        goal = f"≤ {row.goal:g} {'ok' if ratio <= row.goal else 'MISSED'}" if row.goal is not None else "-"
        print(
            f"  {row.what:<58} {row.took:>10.2f}   {row.baseline_what:<44} {row.baseline:>10.2f} {ratio:>7.2f}  {goal}"
            + (f"  {row.note}" if row.note else ""),
            flush=True,
        )


def median_ms(do: Callable[[], object], runs: int = 5, warm: int = 1) -> float:
    """The median wall time of several runs after a warm-up, in milliseconds."""
    for _ in range(warm):
        do()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)
