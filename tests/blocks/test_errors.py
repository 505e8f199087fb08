"""Every error says what happened and what to do; together they are one golden file to read at a glance."""

from bot.blocks import errors
from bot.blocks.limits import problems
from bot.blocks.message import Message
from tests.blocks import golden
from tests.blocks.trains import SLUG

VERBS = ("status", "risks", "why", "plans", "refresh", "help")


def _all() -> dict[str, Message]:
    return {
        "a verb that is nearly one": errors.unknown_command("statsu", VERBS),
        "a verb that is none": errors.unknown_command("<!channel>", VERBS),
        "usage": errors.bad_usage("a date is missing after as of", "status [as of DATE]", "status as of 2026-03-01"),
        "unknown plan": errors.unknown_plan("There is no plan 'sumit'", (SLUG, "winter"), "/release why summit-app"),
        "several plans": errors.unknown_plan("There are several plans: name one", (SLUG, "winter")),
        "no plan": errors.unknown_plan("There is no plan yet", ()),
        "unknown repository": errors.unknown_repository("sumit-app", ["summit-app"], "Summit 2026 Q1 Launch", SLUG),
        "not allowed": errors.not_allowed("refresh the plan", "its captains and the lead captain"),
        "guest": errors.guest(),
        "not known yet": errors.not_known_yet(),
        "store unavailable": errors.store_unavailable("the remote does not answer"),
        "store refused": errors.store_failed("the remote refused the push: protected branch hook declined"),
        "refresh running": errors.refresh_running(SLUG),
        "refresh started": errors.refresh_started(SLUG),
        "not a captain": errors.not_a_captain("Summit 2026 Q1 Launch"),
        "not your alert": errors.not_your_alert("only bo, their deputy or the lead captain can do this"),
        "old button": errors.old_button(),
        "unexpected": errors.unexpected("a1b2c3d4"),
    }  # fmt: skip


def test_they_read_well() -> None:
    golden.check_text("errors.txt", "".join(f"{what}\n    {m.text}\n" for what, m in _all().items()))


def test_text_and_block_say_the_same_and_fit() -> None:
    for message in _all().values():
        assert problems(message) == []
        assert [b["text"]["text"] for b in message.blocks] == [message.text]


def test_a_near_word_is_offered_and_a_far_one_leads_to_help() -> None:
    assert "Did you mean `/release status`?" in errors.unknown_command("statsu", VERBS).text
    assert errors.unknown_command("xyzzy", VERBS).text.endswith("All commands: `/release help`")


def test_very_many_choices_are_bounded() -> None:
    said = errors.unknown_plan("Which one?", [f"plan-{n}" for n in range(99)]).text
    assert "and 89 more" in said
