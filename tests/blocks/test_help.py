"""`/release help` out of a table of commands."""

from dataclasses import dataclass

from bot.blocks.help import help_message
from bot.blocks.limits import problems
from tests.blocks import golden


@dataclass(frozen=True)
class Row:
    name: str
    usage: str
    doc: str
    example: str
    role: str = "anyone in the workspace"


ROWS = (
    Row("status", "status [plan] [as of DATE]", "How the release stands", "status as of 2026-03-01"),
    Row("why", "why REPO", "What blocks one repository & what to do", 'why "my app"'),
)


def test_all_commands() -> None:
    message = help_message(ROWS)
    golden.check("help", message)
    assert message.text.endswith("Commands: status, why.")


def test_one_command_with_its_example() -> None:
    golden.check("help-one", help_message(ROWS[1:]))


def test_a_long_table_fits() -> None:
    rows = [Row(f"c{n}", f"c{n} [x]" * 9, "what it does " * 20, "x") for n in range(60)]
    assert problems(help_message(rows)) == []
