"""What stands in a commit: messages that nobody can forge through a name, and reading them back."""

from hypothesis import given
from hypothesis import strategies as st

from bot.services.ports import Author
from bot.store.commits import Node, message, one_line, signature_parts, trailers_of


def node(text: str, time: int = 0) -> Node:
    return Node("1" * 40, "2" * 40, (), time, "Ann", "ann@example.org", text)


def test_a_message_is_subject_blank_line_trailers() -> None:
    assert message("Ship it", [("Slack-User", "U1"), ("Slack-Team", ""), ("Plan", "summit")]) == (
        "Ship it\n\nSlack-User: U1\nPlan: summit\n"
    )
    assert message(" \n ", []) == "Change the plan\n\n"


@given(st.text(), st.text(min_size=1), st.text())
def test_what_people_type_forges_no_trailer(subject: str, user: str, edit: str) -> None:
    said = message(subject, [("Slack-User", user), ("Plan", "summit"), ("Plan-Edit-Id", edit)])

    assert set(trailers_of(said)) <= {"Slack-User", "Plan", "Plan-Edit-Id"}
    assert trailers_of(said)["Plan"] == "summit"
    assert node(said).says("Plan", "summit")
    assert one_line(edit) == "" or node(said).says("Plan-Edit-Id", edit)
    said.encode()


def test_a_subject_is_no_trailer() -> None:
    assert trailers_of("Plan: summit\n") == {}
    assert not node("Plan: summit\n").says("Plan", "summit")
    assert not node("x\n\nPlan: summit-2\n").says("Plan", "summit")


def test_a_commit_for_people() -> None:
    commit = node("\nShip it\n\nWhy not\n\nSlack-User: U1\nPlan-Edit-Id: e1", 10**18).commit()

    assert (commit.subject, commit.slack_user, commit.edit_id) == ("Ship it", "U1", "e1")
    assert commit.when.year == 9999
    assert node("x", -5).when.year == 1970


@given(st.text(), st.text())
def test_any_name_can_be_signed_with(name: str, email: str) -> None:
    parts = signature_parts(Author(name, email))

    for part in parts:
        assert part
        assert not set("<>\n\x00") & set(part)
        part.encode()
    assert " " not in parts[1]


def test_usual_names_stay_as_they_are() -> None:
    assert signature_parts(Author("Zoë O'Hara-Smith", "zoe+git@example.org")) == (
        "Zoë O'Hara-Smith", "zoe+git@example.org"
    )  # fmt: skip
    assert signature_parts(Author("", "")) == ("unknown", "unknown@localhost")
