"""What people type behind `/release`, and what nobody should be able to break by typing it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.listeners.commands import (
    BY_NAME,
    COMMANDS,
    Asked,
    RunPass,
    ShowHelp,
    ShowPlans,
    ShowRisks,
    ShowStatus,
    ShowWhy,
)
from bot.listeners.parser import BadUsage, UnknownCommand, parse
from bot.listeners.words import LIMIT, Unclosed, Word, clean, split
from bot.release.moments import FIRST, FORMS, LAST, Ago, Last


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", ShowHelp()),
        ("   \t\n ", ShowHelp()),
        ("help", ShowHelp()),
        ("?", ShowHelp()),
        ("--help", ShowHelp()),
        ("help Status", ShowHelp("status")),
        ("status", ShowStatus()),
        ("  STATUS  ", ShowStatus()),
        ("status summit", ShowStatus("summit")),
        ("status as of 2026-03-01", ShowStatus(None, date(2026, 3, 1))),
        ("status summit as of 2026-03-01", ShowStatus("summit", date(2026, 3, 1))),
        ("status As Of 2026-03-01 summit", ShowStatus("summit", date(2026, 3, 1))),
        ("status as of yesterday", ShowStatus(None, Ago(1))),
        ("status yesterday", ShowStatus(None, Ago(1))),
        ("status last friday summit", ShowStatus("summit", Last(4))),
        ("status summit as of Friday", ShowStatus("summit", Last(4))),
        ("status as of 12h", ShowStatus(None, Ago(hours=12))),
        ("status 'yesterday'", ShowStatus("yesterday")),
        ('status "Summit 2026 Q1 Launch"', ShowStatus("Summit 2026 Q1 Launch")),
        ("status “Summit 2026 Q1 Launch”", ShowStatus("Summit 2026 Q1 Launch")),
        ("status „Summit 2026“", ShowStatus("Summit 2026")),
        ("status 'Summit 2026'", ShowStatus("Summit 2026")),
        ("status `summit`", ShowStatus("summit")),
        ("risks", ShowRisks()),
        ("risks mine", ShowRisks(None, True)),
        ("risks mine summit", ShowRisks("summit", True)),
        ("risks summit MINE", ShowRisks("summit", True)),
        ('risks "mine"', ShowRisks("mine", False)),
        ('risks "mine" mine', ShowRisks("mine", True)),
        ("why summit-app", ShowWhy("summit-app")),
        ("why payload-service", ShowWhy("payload-service")),
        ("why github.com/acme/lib summit", ShowWhy("github.com/acme/lib", "summit")),
        ("why @acme/lib", ShowWhy("@acme/lib")),
        ('why "my repository" "my plan"', ShowWhy("my repository", "my plan")),
        ("why captain's-log", ShowWhy("captain's-log")),
        ("why a&amp;b&lt;c&gt;", ShowWhy("a&b<c>")),
        ("why &amp;lt;", ShowWhy("&lt;")),
        ("why <https://forge.example/acme/lib|acme/lib>", ShowWhy("acme/lib")),
        ("why <https://forge.example/acme/lib>", ShowWhy("https://forge.example/acme/lib")),
        ("why <@U0BO00001|bo>", ShowWhy("<@U0BO00001>")),
        ("status <#C1REL|release>", ShowStatus("#release")),
        ("why mine", ShowWhy("mine")),
        ("why a\u200bb\u202ec\x00", ShowWhy("abc")),
        ("plans", ShowPlans()),
        ("refresh", RunPass()),
        ("refresh summit", RunPass("summit")),
    ],
)
def test_understood(text: str, asked: Asked) -> None:
    assert parse(text) == asked


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("why", "Which repository? /release why needs its name"),
        ('why ""', "Which repository? /release why needs its name"),
        ("status as of", f'Which day? After "as of" comes {FORMS}'),
        ("status as of tomorrow", f"'tomorrow' is no time I can read: after \"as of\" comes {FORMS}"),
        ("status as of 9999-12-31", "'9999-12-31' is not between the years 1970 and 2999"),
        ("impact app 9999-12-31", "'9999-12-31' is not between the years 1970 and 2999"),
        ("impact app +5y", "'+5y' is no slip I can read: write +5d, +2w, -3d, or a day as 2026-03-20"),
        ("status as of 2026-02-30", "There is no day '2026-02-30' in the calendar"),
        ("status as of 20260301", f"'20260301' is no time I can read: after \"as of\" comes {FORMS}"),
        ("status as of 2026-W01-1", f"'2026-W01-1' is no time I can read: after \"as of\" comes {FORMS}"),
        ("status as of ٢٠٢٦-٠٣-٠١", f"'٢٠٢٦-٠٣-٠١' is no time I can read: after \"as of\" comes {FORMS}"),
        ("status summit launch", "/release status has no use for 'launch'; put a name with spaces in quotes"),
        ("why status as of", "/release why has no use for 'of'; put a name with spaces in quotes"),
        ("plans please", "/release plans has no use for 'please'; put a name with spaces in quotes"),
        ("risks mine mine mine", "/release risks has no use for 'mine'; put a name with spaces in quotes"),
        ('status "Summit', 'The quote " is opened and never closed'),
        ("x" * (LIMIT + 1), f"That is {LIMIT + 1:,} characters, and /release reads up to {LIMIT:,}"),
    ],
)
def test_not_understood(text: str, reason: str) -> None:
    answer = parse(text)
    assert isinstance(answer, BadUsage)
    assert answer.reason == reason


@pytest.mark.parametrize(("text", "word"), [("statsu", "statsu"), ("help me", "me"), ("<@U1|bo>", "<@U1>")])
def test_commands_that_there_are_not(text: str, word: str) -> None:
    assert parse(text) == UnknownCommand(word)


def test_an_error_repeats_no_more_than_a_line_of_what_was_typed() -> None:
    answer = parse("plans " + "x" * 1500)
    assert isinstance(answer, BadUsage)
    assert len(answer.reason) < 150


PIECES = [*" \t\n\"'“”‘’«»`<>|@#&;-", "as", "of", "mine", "why", "status", "\ud800", "\u202e", "\x00", "&lt;"]
NASTY = st.text(st.characters(codec=None), max_size=200) | st.lists(st.sampled_from(PIECES), max_size=80).map("".join)


@given(NASTY)
def test_no_text_raises_and_everything_is_answered(text: str) -> None:
    answer = parse(text)
    assert isinstance(answer, Asked | UnknownCommand | BadUsage)
    if isinstance(answer, BadUsage):
        answer.reason.encode()  # can be written out
    if isinstance(answer, UnknownCommand):
        answer.word.encode()


@given(NASTY)
def test_words_are_clean_and_never_empty(text: str) -> None:
    words = split(text)
    if not isinstance(words, Unclosed):
        assert all(word.text and word.text == clean(word.text) for word in words)


NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
QUOTABLE = NAME.filter(lambda name: not set(name) & set('"”“&<>') and clean(name) == name)


@given(QUOTABLE, QUOTABLE, st.booleans())
def test_any_name_can_be_given_in_quotes(repository: str, plan: str, mine: bool) -> None:
    assert parse(f'why "{repository}" "{plan}"') == ShowWhy(repository, plan)
    assert parse(f'risks {"mine " if mine else ""}"{plan}"') == ShowRisks(plan, mine)


@given(QUOTABLE, st.dates(FIRST, LAST))
def test_any_day_and_any_name_in_either_order(plan: str, day: date) -> None:
    assert parse(f'status "{plan}" as of {day}') == parse(f'status as of {day} "{plan}"') == ShowStatus(plan, day)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_every_example_of_the_table_is_understood_as_its_own_command(command: object) -> None:
    row = next(c for c in COMMANDS if c is command)
    assert type(parse(row.example)) is row.asks
    assert type(parse(f"help {row.name}")) is ShowHelp
    assert BY_NAME[row.name] is row


def test_quoted_words_are_marked() -> None:
    assert split('a "b c" d') == [Word("a"), Word("b c", quoted=True), Word("d")]
