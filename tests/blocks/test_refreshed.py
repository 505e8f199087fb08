"""What a pass that somebody asked for came to."""

from datetime import timedelta

from bot.blocks.refreshed import refreshed
from bot.release.history import changes
from tests.blocks import golden
from tests.blocks.trains import COMMIT, EXAMPLE, SLUG, YESTERDAY, Passed
from tests.drawing import NOW, assess


def test_what_changed_and_what_could_not_be_read() -> None:
    now = assess(EXAMPLE)
    news = changes(assess(YESTERDAY, NOW - timedelta(days=1)), now)
    refused = {"reports": "reports/ga_status.json:3: status: a word is expected, not a number"}
    golden.check("refreshed", refreshed(Passed(SLUG, COMMIT, news, refused, 2, 1.26), now))


def test_nothing_new() -> None:
    message = refreshed(Passed(SLUG, None, (), {}, 0, 0.2), assess(EXAMPLE))
    assert message.text == "Summit 2026 Q1 Launch: nothing new."
    assert "no commit, nobody had to be told, 0.2 s" in golden.render(message)


def test_documents_that_change_nothing_are_not_called_nothing() -> None:
    message = refreshed(Passed(SLUG, COMMIT, (), {}, 1, 0.2), assess(EXAMPLE))
    assert message.text == "Summit 2026 Q1 Launch: fresh documents, and nothing that changes the picture."
    assert "1 captain told" in golden.render(message)


def test_a_list_of_versions_that_could_not_be_read_is_told_apart_from_a_document() -> None:
    reason = "git ls-remote did not answer within 20 s"
    message = refreshed(Passed(SLUG, None, (), {"a": "gone"}, 0, 0.2, {"a": reason, "b": reason}), assess(EXAMPLE))
    assert message.text == "Summit 2026 Q1 Launch: nothing new, 2 sources could not be read."
    assert f"what was known before still counts:\n• a: {reason}\n• b: {reason}" in golden.render(message)
