"""One warm interpreter that runs commands in children of its own, so that a test need not pay for a cold start.

Every command is a process in its own right, with its own arguments, environment, folder, output files and exit code;
only the imports are shared. `convoy.py` talks to this program; the cold starts that remain are there too.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

WARM = (
    "asyncio", "bot.app", "bot.cli", "bot.cli.news", "bot.cli.portfolio", "bot.release.documents", "bot.sources",
    "bot.store", "bot.store.directory", "rich.console", "rich.table", "typer",
)  # fmt: skip
WARMER = ("bot.delivery.migrations", "bot.processes")
"""What only the processes need, imported when the first of them is asked for."""
ENTRIES = {"convoy": "bot.cli", "portfolio-release-plan": "bot.cli.portfolio"}


def main() -> None:
    """Read one job a line from stdin, answer its exit code (negative: the signal that ended it) on stdout."""
    for name in WARM:
        importlib.import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        if {"run", "serve", "worker", "migrate"} & set(job["arguments"][:1]):
            for name in WARMER:
                importlib.import_module(name)
        child = os.fork()
        if child == 0:
            _run(job)
        print(_wait(child, job["timeout"]), flush=True)


def _wait(child: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.002)


def _run(job: dict[str, Any]) -> None:
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    for descriptor, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, job["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, job["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(name, flags), descriptor)
    sys.argv = [job["program"], *job["arguments"]]
    code = 1
    try:
        importlib.import_module(ENTRIES[Path(job["program"]).name]).main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - the interpreter would do the same
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
