"""A `main` that takes no pushes: what a person changed is put on a branch beside it, once, and nothing of a pass."""

import re

import pytest

from bot.services.ports import StoreRefusedError
from bot.store.commits import BOT
from bot.store.side import side_branch
from tests.store.conftest import World
from tests.store.kit import ANN, add, git, history, ship
from tests.store.test_remote import hook
from tests.store.test_store import done

PROTECT = """[ "$1" = refs/heads/main ] || exit 0
echo "GH006: Protected branch update failed for refs/heads/main." >&2
exit 1"""
BRANCH = side_branch("summit", "e1")


@pytest.fixture(params=["remote", "web"])
def world(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    found.store("first").update("summit", add(), ANN)
    hook(found, "update", PROTECT)
    return found


def _branches(world: World) -> list[str]:
    return git(world.repository, "for-each-ref", "--format=%(refname:short)", "refs/heads/convoy").split()


def test_a_change_goes_to_a_branch_that_holds_once_it_is_merged(world: World) -> None:
    store = world.store()
    head = store.refresh()

    with pytest.raises(StoreRefusedError, match=rf"GH006.*It is on the branch {BRANCH} instead.*Open a pull request"):
        store.update("summit", ship("v2", "e1"), ANN)

    assert _branches(world) == [BRANCH]
    assert history(world.repository, "%an %s", BRANCH)[0] == "Ann Lee Ship server v2"
    assert git(world.repository, "rev-parse", f"{BRANCH}^").strip() == store.refresh() == head
    git(world.repository, "update-ref", "refs/heads/main", BRANCH)
    store.refresh()
    again = done(store.update("summit", ship("v2", "e1"), ANN))
    assert again.commit == git(world.repository, "rev-parse", BRANCH).strip()


def test_the_same_change_tried_again_makes_no_second_branch(world: World) -> None:
    for machine in ("m1", "m2", "m1"):
        with pytest.raises(StoreRefusedError, match=BRANCH):
            world.store(machine).update("summit", ship("v2", "e1"), ANN)
    assert _branches(world) == [BRANCH]


def test_what_a_pass_found_is_not_kept(world: World) -> None:
    with pytest.raises(StoreRefusedError, match=r"Nothing was written; ask whoever keeps the repository"):
        world.store().update("summit", ship("v2", "e1"), BOT)
    assert _branches(world) == []


def test_a_hook_that_minds_the_change_itself_gets_no_branch(world: World) -> None:
    hook(world, "update", "echo 'no ticket in the message' >&2; exit 1")
    with pytest.raises(StoreRefusedError, match=r"no ticket in the message.*Nothing was written"):
        world.store().update("summit", ship("v2", "e1"), ANN)
    assert _branches(world) == []


def test_where_the_branch_is_refused_too_both_reasons_are_told(world: World) -> None:
    hook(world, "update", PROTECT.replace("|| exit 0", "|| { echo 'only release/*' >&2; exit 1; }"))
    with pytest.raises(StoreRefusedError, match=rf"GH006.*{BRANCH} either: only release/\*.*Nothing was written"):
        world.store().update("summit", ship("v2", "e1"), ANN)


def test_the_name_of_a_branch_is_one_that_git_takes() -> None:
    assert re.fullmatch(r"convoy/summit-[0-9a-f]{12}", side_branch("summit", "a b\n:~^?*[..@{"))


def test_the_forge_is_asked_once_for_a_pull_request_and_its_answer_is_told(world: World) -> None:
    asked: list[tuple[str, ...]] = []

    def propose(*given: str) -> str:
        asked.append(given)
        return "The pull request: https://forge.example/pull/7"

    store = world.store(propose=propose)
    with pytest.raises(StoreRefusedError, match=r"merged into main\. The pull request: https://forge.example/pull/7"):
        store.update("summit", ship("v2", "e1"), ANN)
    assert asked == [(BRANCH, "Ship server v2", "Ann Lee")]
