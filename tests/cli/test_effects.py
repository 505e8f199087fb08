"""What an edit answers beside its commit: whom it moves, and what may have been a slip."""

import pytest

from tests.cli.convoy import NOW, Shell

EFFECTS = {
    ("set-status", "intelgraph-server", "READY"): (
        "2 repositories stand differently: summit-app and intelgraph-server; at risk or held up: 0, 2 before"
    ),
    ("set-version", "intelgraph-server", "v1.4.0"): (
        "1 repository stands differently: summit-app; at risk or held up: 2 as before"
    ),
    ("drop-repository", "intelgraph-server"): (
        "1 repository stands differently: summit-app; at risk or held up: 0, 2 before"
    ),
    ("set-version", "summit-app", "v3.0.1"): "no verdict changes; at risk or held up: 2 as before",
}


@pytest.mark.parametrize("words", EFFECTS, ids=" ".join)
def test_an_edit_says_whom_it_moves(shell: Shell, words: tuple[str, ...]) -> None:
    shell.open_plan()
    ran = shell.convoy("edit", "summit", *words, "--now", NOW).ok()
    assert ran.lines[1:] == [EFFECTS[words]]


NOTES = {
    ("add-repository", "Money", "ledger", "null"): "made the new group 'Money'; it has no captain until",
    ("add-repository", "Platfrm", "billing", "v1", "--new-group"): "made the new group 'Platfrm'; it has no captain",
    ("drop-repository", "intelgraph-server"): (
        "summit-app still needs intelgraph-server; it waits on something outside the plan now"
    ),
    ("set-date", "2026-03-01"): "2026-03-01 has passed already: the release is 2 days past the date now",
    ("add-dependency", "summit-app", "intelgraph-server", ">>1"): "the requirement '>>1' cannot be read, so no version",
    ("add-dependency", "intelgraph-server", "else", ">>1"): "the requirement '>>1' cannot be read, so no version",
    ("add-dependency", "summit-app", "intelgraph-server", "2025.2-flamingo"): "cannot be compared with what the plan",
    ("add-dependency", "summit-app", "inteligraph-server", "v1"): "not in this plan; did you mean intelgraph-server?",
}


@pytest.mark.parametrize("words", NOTES, ids=" ".join)
def test_a_likely_slip_is_done_and_told(shell: Shell, words: tuple[str, ...]) -> None:
    shell.open_plan()
    ran = shell.convoy("edit", "summit", *words, "--now", NOW).ok()
    assert ran.err.startswith("convoy: ")
    assert NOTES[words] in ran.err
    assert ran.err.count("\n") == 1
    assert len(shell.log()) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("add-repository", "Platform", "billing", "v1.0.0"),
        ("add-dependency", "summit-app", "intelgraph-server", ">=1.4,<2"),
        ("add-dependency", "intelgraph-server", "kernel", "null"),
        ("drop-repository", "summit-app"),
        ("set-date", "2026-03-03"),
        ("accept-risk", "summit-app", "common-utils", "2026-03-10", "we ship our own"),
    ],
    ids=" ".join,
)
def test_what_is_no_slip_is_not_remarked_on(shell: Shell, words: tuple[str, ...]) -> None:
    shell.open_plan()
    assert shell.convoy("edit", "summit", *words, "--now", NOW).ok().err == ""


def test_a_risk_that_is_not_there_cannot_be_accepted(shell: Shell) -> None:
    shell.open_plan()
    ran = shell.convoy("edit", "summit", "accept-risk", "summit-app", "comon-utils", "2026-03-10", "x", "--now", NOW)
    assert ran.code == 1
    assert ran.err == (
        "convoy: summit-app does not wait on 'comon-utils'; did you mean common-utils? It waits on common-utils and "
        "intelgraph-server\n"
    )
    assert len(shell.log()) == 1


def test_the_name_of_a_repository_in_a_circle_means_the_circle(shell: Shell) -> None:
    shell.open_plan()
    shell.convoy("edit", "summit", "add-repository", "Platform", "spin", "v1", "--now", NOW).ok()
    for needs, needed in (("intelgraph-server", "spin"), ("spin", "intelgraph-server")):
        shell.convoy("edit", "summit", "add-dependency", needs, needed, "null", "--now", NOW).ok()
    ran = shell.convoy("edit", "summit", "accept-risk", "summit-app", "spin", "2026-03-10", "x", "--now", NOW).ok()
    circle = "intelgraph-server ↔ spin"
    assert ran.err == f"convoy: spin is in a circle: the risk of the whole circle is accepted, {circle}\n"
