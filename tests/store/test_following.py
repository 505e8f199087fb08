"""Following a plan from commit to commit tells what reading each commit by itself tells, whatever people push."""

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pygit2
import pytest

from bot.release import documents, facts, record
from bot.release.facts import Facts
from bot.services.ports import PlanNotFoundError, StoreError
from bot.store import open_history
from bot.store.layout import report_file
from bot.store.objects import Objects
from bot.store.reading import Reader
from bot.store.trunk import MAIN
from tests.store.kit import NOON

NAMES = tuple(f"repo-{n}" for n in range(6))
STATUSES = ("NOT_STARTED", "ON_TRACK", "AT_RISK", "BLOCKED", "READY", "RELEASED", "DROPPED", "UNKNOWN")


class Scribe:
    """Writes commits as everybody might: Convoy, people with an editor, and people with bad luck."""

    def __init__(self, path: Path, seed: int) -> None:
        pygit2.init_repository(str(path), bare=True, initial_head="main")
        self._objects = Objects(path)
        self._repository = pygit2.Repository(str(path))
        self._dice = random.Random(seed)
        self._rows = {name: self._row(name) for name in NAMES[:3]}
        self._leads = {"A": "Ana", "B": "Bo"}
        self._about = {"releaseName": "R", "releaseDate": "2026-03-15", "timezone": "Europe/Berlin"}
        self._tree: str | None = None
        self._tracking: dict[str, dict[str, str]] = {}
        self._number = 0
        self._published: set[str] = set()
        self.commits: list[str] = []

    def _row(self, name: str) -> dict[str, object]:
        dice = self._dice
        needs = [{"name": n, "version": dice.choice([None, "1.0", "2.0"])} for n in dice.sample(NAMES, 2) if n != name]
        made: dict[str, object] = {"name": name, "version": dice.choice([None, "1.0"]), "status": dice.choice(STATUSES)}
        made["dependencies"] = needs[: dice.randint(0, 2)]
        if dice.random() < 0.3:
            made["eta"] = f"2026-03-{dice.randint(10, 28)}"
        return made

    def _plan(self) -> bytes:
        rows = list(self._rows.values())
        cut = len(rows) // 2
        groups = [
            {"name": name, "lead": lead, "repositories": part}
            for (name, lead), part in zip(self._leads.items(), (rows[:cut], rows[cut:]), strict=True)
        ]
        return documents.dump_json({**self._about, "releaseGroups": groups})

    def _report(self, name: str) -> bytes:
        dice = self._dice
        self._published.add(name)
        said: dict[str, object] = {
            "schemaVersion": "1.0", "repository": name, "status": dice.choice(STATUSES),
            "updatedAt": (NOON + timedelta(hours=self._number - dice.randint(0, 5))).isoformat(),
        }  # fmt: skip
        if dice.random() < 0.4:
            said["ttlHours"] = dice.randint(1, 6)
        if dice.random() < 0.3:
            said |= {"version": dice.choice(["1.0", "9.0"]), "etaDate": "2026-03-20"}
        return json.dumps(said).encode()

    def step(self) -> None:
        """One commit of a kind that chance decides."""
        name = self._dice.choice(list(self._rows))
        kinds = [
            self._pass, self._pass, self._pass, self._edit, self._edit, self._scope, self._date, self._lead,
            self._broken_plan, self._broken_report, self._lost_report, self._by_hand, self._no_tracking,
            self._broken_tracking, self._reformat, self._elsewhere, self._gone, self._link,
        ]  # fmt: skip
        self.write(self._dice.choice(kinds)(name))

    def write(self, files: dict[str, bytes | None]) -> None:
        """One commit with these files put or, where None, taken away."""
        self._number += 1
        at = int((NOON + timedelta(hours=self._number)).timestamp())
        self._tree = self._objects.write(self._tree, files)
        parent = self.commits[-1] if self.commits else None
        who = (f"Person {self._number}", "p@example.org")
        made = self._objects.commit(self._tree, parent, who, who, (at, at, 0), f"Step {self._number}\n")
        self.commits.append(made)
        self._repository.references.create(MAIN, made, force=True)

    def _pass(self, name: str) -> dict[str, bytes | None]:
        self._rows[name]["status"] = self._dice.choice(STATUSES)
        self._tracking.setdefault(name, {"status": "ON_TRACK", "since": NOON.isoformat()}).pop("byHandAt", None)
        return {
            "plans/p/release_plan.json": self._plan(),
            "plans/p/tracking.json": json.dumps(self._tracking).encode(),
            f"plans/p/ga_status/{report_file(name)}": self._report(name),
        }

    def _edit(self, name: str) -> dict[str, bytes | None]:
        self._rows[name] = self._row(name)
        return {"plans/p/release_plan.json": self._plan()}

    def _scope(self, name: str) -> dict[str, bytes | None]:
        if len(self._rows) > 2 and self._dice.random() < 0.5:
            del self._rows[name]
        else:
            new = self._dice.choice(NAMES)
            self._rows[new] = self._row(new)
        return {"plans/p/release_plan.json": self._plan()}

    def _date(self, _name: str) -> dict[str, bytes | None]:
        self._about["releaseDate"] = f"2026-03-{self._dice.randint(10, 28)}"
        return {"plans/p/release_plan.json": self._plan()}

    def _lead(self, _name: str) -> dict[str, bytes | None]:
        self._leads["A"] = self._dice.choice(["Ana", "Cy", "Dee"])
        return {"plans/p/release_plan.json": self._plan()}

    def _broken_plan(self, name: str) -> dict[str, bytes | None]:
        twice = self._plan().replace(b'"status"', b'"status": "READY", "status"', 1)
        return {
            "plans/p/release_plan.json": self._dice.choice([b"{", b"", twice, self._plan()[:-20]]),
            f"plans/p/ga_status/{report_file(name)}": self._report(name),
        }

    def _broken_report(self, name: str) -> dict[str, bytes | None]:
        if name not in self._published:  # one that was taken away first has no last good version here
            return self._pass(name)
        return {f"plans/p/ga_status/{report_file(name)}": b'{"schemaVersion": "7.0"}'}

    def _lost_report(self, name: str) -> dict[str, bytes | None]:
        self._published.discard(name)
        return {f"plans/p/ga_status/{report_file(name)}": None}

    def _by_hand(self, name: str) -> dict[str, bytes | None]:
        self._rows[name]["status"] = self._dice.choice(STATUSES)
        self._tracking[name] = {"status": "ON_TRACK", "since": NOON.isoformat(), "byHandAt": NOON.isoformat()}
        return {
            "plans/p/release_plan.json": self._plan(),
            "plans/p/tracking.json": json.dumps(self._tracking).encode(),
        }

    def _no_tracking(self, _name: str) -> dict[str, bytes | None]:
        self._tracking.clear()
        return {"plans/p/tracking.json": None}

    def _broken_tracking(self, name: str) -> dict[str, bytes | None]:
        if not self._tracking:
            return self._pass(name)
        return {"plans/p/tracking.json": b'{"a": {"status": "ON_TRACK", "since": "now", "byHandAt": "then"}}'}

    def _reformat(self, _name: str) -> dict[str, bytes | None]:
        return {"plans/p/release_plan.json": json.dumps(json.loads(self._plan())).encode()}

    def _elsewhere(self, _name: str) -> dict[str, bytes | None]:
        return {"plans/q/release_plan.json": self._plan(), "captains.json": f'{{"n": {self._number}}}'.encode()}

    def _gone(self, _name: str) -> dict[str, bytes | None]:
        if self._dice.random() < 0.7:
            return self._elsewhere(_name)
        self._tracking.clear()
        self._published.clear()
        return {"plans/p": None}

    def _link(self, name: str) -> dict[str, bytes | None]:
        self._published.discard(name)
        return {f"plans/p/ga_status/{report_file(name)}/inside.json": b"{}", "plans/p/notes.txt": b"n"}


def by_itself(objects: Objects, reader: Reader, commit: str, slug: str) -> Facts | None:
    """The facts of a plan at one commit, by the reader that every other question is answered by; None: it is broken."""
    try:
        state = reader.read(objects, commit, slug).state
    except PlanNotFoundError:
        return Facts()
    except StoreError:
        return None
    return facts.facts_of(state.folder, state.committed_at) if state.commit == commit else None


def expected(objects: Objects, commits: list[str], slug: str) -> Iterator[tuple[str, Facts]]:
    """The facts after every commit that touched a plan."""
    reader, known = Reader(), Facts()
    before = None
    for commit in commits:
        entry = objects.entry(objects.node(commit).tree, f"plans/{slug}")
        if entry != before:
            found = by_itself(objects, reader, commit, slug)
            known = known if found is None else found
            yield commit, known
        before = entry


@pytest.mark.parametrize("seed", range(20))
def test_every_version_is_what_reading_it_by_itself_tells(tmp_path: Path, seed: int) -> None:
    scribe = Scribe(tmp_path / "plans.git", seed)
    objects = Objects(tmp_path / "plans.git")
    for size in (1, 7, 30):  # the index is brought up to date in between, by a process that starts anew
        while len(scribe.commits) < size:
            scribe.step()
        history = open_history(str(tmp_path / "plans.git"))
        for slug in ("p", "q"):
            wanted = list(expected(objects, scribe.commits, slug))
            if not wanted:
                with pytest.raises(PlanNotFoundError):
                    history.daily(slug)
                continue
            line = history._versions(slug).versions
            assert [v.mark.commit for v in line] == [commit for commit, _ in wanted]
            for number, (commit, after) in enumerate(wanted, 1):
                assert record.facts_after(line, number) == after, (slug, number, commit)


def test_a_document_that_was_broken_when_reading_was_taken_up_and_then_goes_is_gone(tmp_path: Path) -> None:
    scribe = Scribe(tmp_path / "plans.git", 1)
    file = f"plans/p/ga_status/{report_file('repo-0')}"
    fresh = {"schemaVersion": "1.0", "repository": "repo-0", "status": "BLOCKED", "updatedAt": NOON.isoformat()}
    scribe.write({"plans/p/release_plan.json": PLAN.encode(), file: json.dumps(fresh).encode()})
    statuses = []
    for data in (b"{", None):
        scribe.write({file: data})
        line = open_history(str(tmp_path / "plans.git"))._versions("p").versions
        statuses.append(record.facts_after(line, len(line)).repositories["repo-0"].status)
    assert statuses == ["BLOCKED", "READY"]


PLAN = """{
  "releaseName": "R", "releaseDate": "2026-03-15",
  "releaseGroups": [{"name": "A", "repositories": [{"name": "repo-0", "version": "1.0", "status": "READY"}]}]
}
"""
