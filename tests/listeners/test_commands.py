"""The one table: complete, and within what Slack shows."""

from bot.listeners.commands import COMMANDS, SLASH, Asked, Kind, command_of, markdown_table, usage_hint


def test_every_variant_has_exactly_one_row() -> None:
    assert sorted(v.__name__ for v in Asked.__subclasses__()) == sorted(c.asks.__name__ for c in COMMANDS)


def test_rows_are_complete() -> None:
    for command in COMMANDS:
        assert command.doc
        assert not command.doc.endswith(".")
        assert command.example.split()[0] == command.name == command.name.casefold()
        assert command.usage.startswith(command.name)
        fields = set(command.asks.__dataclass_fields__)  # type: ignore[attr-defined]
        assert {a.field for a in command.arguments} == fields
        for argument in command.arguments:
            assert bool(argument.keyword) == (argument.kind in (Kind.MOMENT, Kind.SINCE, Kind.FLAG))
            assert argument.hint.startswith("[") != argument.required


def test_a_variant_knows_its_row() -> None:
    for command in COMMANDS:
        required = {a.field: "x" for a in command.arguments if a.required}
        assert command_of(command.asks(**required)) is command


def test_the_usage_hint_names_every_command_as_it_is_used() -> None:
    assert usage_hint() == (
        "status [plan] [as of WHEN] | risks [plan] [mine] | why REPO [plan] | impact REPO [+5d or DATE] [plan] | "
        "diff [plan] [since WHEN] | timeline REPO [plan] | trend [plan] | plans | refresh [plan] | "
        "help [command]"
    )


def test_the_table_of_the_readme_has_a_row_for_every_command() -> None:
    lines = markdown_table().splitlines()
    assert len(lines) == 2 + len(COMMANDS)
    for line, command in zip(lines[2:], COMMANDS, strict=True):
        assert f"`{SLASH} {command.usage}`" in line
        assert command.doc in line
        assert line.count("|") == 5
