"""Slack's mark-up as plain text."""

import pytest

from bot.sandbox.mrkdwn import Names, plain_markdown, plain_mrkdwn, plain_text
from tests.sandbox.bolt_app import make_sandbox


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("hi <@U0ANA> and <@U0BO|bo>", "hi @ana and @bo"),
        ("<@U0BOT> <@USLACKBOT> <@U0WHO>", "@bot @slackbot @U0WHO"),
        ("in <#C0REL> and <#C0REL|release>", "in #release and #release"),
        ("a &amp; b &lt;c&gt; &amp;lt;", "a & b <c> &lt;"),
        ("<https://e.org|the page>", "the page (https://e.org)"),
        ("<https://e.org>", "https://e.org"),
        ("<https://e.org|https://e.org>", "https://e.org"),
        ("<mailto:a@e.org|a@e.org>", "a@e.org"),
        ("<!here> <!channel> <!subteam^S1|@ops>", "@here @channel @ops"),
        ("<!date^0^{date}|long ago> <!date^0^{date}>", "long ago 1970-01-01 00:00 UTC"),
        ("*bold* _italic_ ~gone~ *_both_*", "bold italic gone both"),
        ("2*3*4 snake_case_name a ~ b", "2*3*4 snake_case_name a ~ b"),
        ("`*code*` and *bold*", "`*code*` and bold"),
        ("```\n*x* :warning:\n```", "```\n*x* :warning:\n```"),
        ("&gt; quoted\nnot", "│ quoted\nnot"),
        (":warning: :no_such_emoji: 12:30:45", "⚠ :no_such_emoji: 12:30:45"),
        ("a &lt;@U0ANA&gt; b", "a <@U0ANA> b"),
    ],
)
def test_as_a_client_shows_it(text, shown):
    assert plain_mrkdwn(text, Names(make_sandbox().workspace)) == shown


def test_plain_text_has_no_mark_up_but_emoji():
    assert plain_text("*a* <b> :warning:") == "*a* <b> ⚠"


def test_standard_markdown_of_a_markdown_block():
    text = "## Summit\n**18 of 34** on [the board](https://e.org/b) :warning:\n- a*b*c"
    assert plain_markdown(text) == "Summit\n18 of 34 on the board (https://e.org/b) ⚠\n- a*b*c"


def test_a_direct_message_is_named_by_its_members():
    sandbox = make_sandbox()
    names = Names(sandbox.workspace)
    assert names.channel(sandbox.workspace.direct("U0ANA").id) == "DM to @ana"
    assert names.channel(sandbox.workspace.direct("U0BO", "U0ANA").id) == "DM to @ana, @bo"
