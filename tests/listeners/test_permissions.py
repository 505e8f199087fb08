"""Unknown means no: every way of not being a full member, alone and together."""

import itertools

import pytest

from bot.listeners.people import profile_of
from bot.listeners.permissions import Denial, Profile, denial

HOME = "T1"
MEMBER = {"id": "U1", "team_id": HOME, "is_bot": False, "is_restricted": False, "is_ultra_restricted": False}


def test_a_full_member_is_answered() -> None:
    assert denial(profile_of(MEMBER), HOME) is None


@pytest.mark.parametrize(
    ("user", "why"),
    [
        ({"is_restricted": True}, Denial.GUEST),
        ({"is_restricted": True, "is_ultra_restricted": True}, Denial.GUEST),
        ({"is_ultra_restricted": True}, Denial.GUEST),
        ({"is_stranger": True}, Denial.OTHER_ORGANISATION),
        ({"team_id": "T2"}, Denial.OTHER_ORGANISATION),
        ({"team_id": ""}, Denial.OTHER_ORGANISATION),
        ({"is_bot": True}, Denial.BOT),
        ({"id": "USLACKBOT"}, Denial.BOT),
        ({"deleted": True}, Denial.DEACTIVATED),
    ],
)
def test_everybody_else_is_not(user: dict[str, object], why: Denial) -> None:
    assert denial(profile_of(MEMBER | user), HOME) is why


@pytest.mark.parametrize("missing", ["team_id", "is_bot", "is_restricted", "is_ultra_restricted"])
def test_what_slack_does_not_say_counts_against(missing: str) -> None:
    user = {k: v for k, v in MEMBER.items() if k != missing}
    assert denial(profile_of(user), HOME) is not None


def test_an_organisation_with_several_workspaces() -> None:
    user = MEMBER | {"team_id": "T9", "enterprise_user": {"teams": ["T9", HOME]}}
    assert denial(profile_of(user), HOME) is None
    assert denial(profile_of(user), "T3") is Denial.OTHER_ORGANISATION


def test_unknown_people_and_workspaces_are_refused() -> None:
    assert denial(None, HOME) is Denial.UNKNOWN
    assert denial(profile_of(MEMBER), None) is Denial.UNKNOWN
    assert denial(profile_of(MEMBER), "") is Denial.UNKNOWN
    assert denial(Profile("U1", frozenset({""})), "") is Denial.UNKNOWN


def test_only_one_of_all_combinations_is_allowed() -> None:
    allowed = [
        (teams, flags)
        for teams in (frozenset({HOME}), frozenset({"T2"}), frozenset[str]())
        for flags in itertools.product([False, True], repeat=4)
        if denial(Profile("U1", teams, *flags), HOME) is None
    ]
    assert allowed == [(frozenset({HOME}), (False, False, False, False))]
