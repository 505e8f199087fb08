"""The files that the documentation offers to begin with are ones that Convoy takes, and tell the demo's own story."""

import json
from datetime import date

from bot.demo.trains import HERE, Train
from tests.cli.convoy import ROOT, Shell

EXAMPLES = ROOT / "docs" / "examples"


def test_check_and_a_pass_take_every_example(shell: Shell) -> None:
    files = sorted(EXAMPLES.rglob("*.json"))
    assert [str(f.relative_to(EXAMPLES)) for f in files] == [
        "release_plan.json",
        "status/intelgraph-server/ga_status.json",
        "status/summit-app/ga_status.json",
    ]
    assert shell.convoy("check", *files).ok().out == ""
    shell.convoy("plan", "add", EXAMPLES / "release_plan.json", "--slug", "summit").ok()
    ran = shell.convoy("track", "summit", "--reports", EXAMPLES / "status", "--now", "2026-03-04T09:00:00Z").ok()
    assert ran.err == ""
    assert "intelgraph-server: expected on 2026-03-18 (no date before)" in ran.lines


def test_the_examples_are_those_of_the_demo_on_its_second_day() -> None:
    train = Train(HERE / "summit")
    assert (EXAMPLES / "release_plan.json").read_bytes() == (HERE / "summit" / "release_plan.json").read_bytes()
    for name, document in train.documents(date(2026, 3, 4)).items():
        assert json.loads((EXAMPLES / "status" / name / "ga_status.json").read_text("utf-8")) == document
