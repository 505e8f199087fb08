"""The README's promises: its commands run, its tables are those of the code, its demo looks as it is shown."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.trains import HERE, Train, dump, lay
from bot.listeners.commands import markdown_table
from bot.settings import markdown_table as settings_table

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def readme() -> str:
    """The README as it stands."""
    return (ROOT / "README.md").read_text("utf-8")


def between(mark: str) -> str:
    """What stands in the README between two marks."""
    found = re.search(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", readme(), re.DOTALL)
    assert found, mark
    return found[1].strip()


def console() -> list[str]:
    """Every command of the README's console blocks, in order."""
    blocks = re.findall(r"```console\n(.*?)```", readme(), re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    train = Train(HERE / "summit")
    (tmp_path / "release_plan.json").write_bytes((HERE / "summit" / "release_plan.json").read_bytes())
    lay(train.documents(train.days()[1]), tmp_path / "status")
    environment = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CONVOY_STORE": str(tmp_path / "plans.git"),
    }
    commands = console()
    assert len(commands) > 12
    for command in commands:
        done = subprocess.run(shlex.split(command), cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
    assert (tmp_path / "artifacts/release/portfolio/RELEASE_PLAN.md").is_file()
    log = subprocess.run(
        ["git", "-C", tmp_path / "plans.git", "log", "--format=%an %s"], capture_output=True, text=True, check=True
    ).stdout
    assert "Ana Diaz Ship summit-app v3.0.1" in log


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"(?m)(?:^|`)make ([a-z]+)\b", readme())):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize(("mark", "table"), [("commands", markdown_table), ("settings", settings_table)])
def test_a_table_is_that_of_the_code(mark: str, table: Callable[[], str]) -> None:
    if os.environ.get("CONVOY_RENEW_SNAPSHOTS"):
        fresh = re.sub(
            rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
            lambda found: f"{found[1]}{table().strip()}\n{found[2]}",
            (ROOT / "README.md").read_text("utf-8"),
            flags=re.DOTALL,
        )
        (ROOT / "README.md").write_text(fresh, "utf-8")
    assert between(mark) == table().strip()


@pytest.mark.timeout(120)
def test_the_demo_looks_as_the_readme_shows_it(tmp_path: Path) -> None:
    command = [BIN / "convoy", "demo", "--script", ROOT / "docs/demo-script.txt", "--every", "6"]
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment, timeout=100
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    shown = {_plain(line) for line in done.stdout.splitlines()}
    examples = [between("demo"), re.search(r"```text\n(.*?)```", readme(), re.DOTALL)[1]]
    for line in "\n".join(examples).splitlines():
        if line.strip() and not line.startswith("```"):
            assert _plain(line) in shown, line


def _plain(line: str) -> str:
    return re.sub(r"commit [0-9a-f]{7}", "commit …", line).strip()


def test_links_of_the_readme_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", readme()):
        assert (ROOT / link).exists(), link


def test_the_plan_of_the_demo_is_the_one_of_the_documentation() -> None:
    plan = Train(HERE / "summit").plan(Train(HERE / "summit").days()[0])
    assert dump(plan or {}) == (HERE / "summit" / "release_plan.json").read_bytes()
