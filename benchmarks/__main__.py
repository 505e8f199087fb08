"""Run all benchmarks, or those named: `make bench ARGS="graph history"`."""

import sys
from collections.abc import Callable, Iterator

from benchmarks import fetching, graph, history, passes, reading, slack, store
from benchmarks.table import Row, print_rows

ALL: dict[str, Callable[[], Iterator[Row]]] = {
    "fetching": fetching.rows,
    "graph": graph.rows,
    "history": history.rows,
    "passes": passes.rows,
    "reading": reading.rows,
    "slack": slack.rows,
    "store": store.rows,
}


def main(names: list[str]) -> int:
    """Print a table; 2 for a name that is none."""
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    for name in names or ALL:
        print_rows(name, ALL[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
