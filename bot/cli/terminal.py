"""What the commands print, made harmless: names and reasons come from many hands, and a terminal obeys what it is sent.

Control characters move the cursor and colour lines; direction marks make a line read as what it is not. Here they are
shown as escapes (`\\u202e`), so that a person sees that something is there. JSON says the same with its own escapes.
"""

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import typer

_JOINERS = "\u200c\u200d"  # scripts and emoji need them


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print text of one or more lines, on stderr when `err`."""
    typer.echo("\n".join(map(shown, text.split("\n"))), err=err, nl=nl)


def say_json(value: Any) -> None:
    """Print a value as JSON for people and programs: what a terminal would obey is escaped, which changes no value."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    typer.echo("\n".join(_spelt(line, lambda char: json.dumps(char)[1:-1]) for line in text.split("\n")))


def shown(text: str) -> str:
    """Text for one line or one cell, with every character that cannot be seen, but for spaces, as its escape."""
    return _spelt(text, lambda char: char.encode("unicode_escape").decode())


def _spelt(text: str, escape: Callable[[str], str]) -> str:
    if text.isprintable():
        return text
    return "".join(char if _harmless(char) else escape(char) for char in text)


def _harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or char == "\t" or unicodedata.category(char) == "Zs"
