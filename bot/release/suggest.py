""" "Did you mean": one place for every command, plan, group and repository."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """Up to `most` known words that `word` may stand for, best first; case does not count."""
    folded = {k.casefold(): k for k in known}
    return tuple(folded[m] for m in get_close_matches(word.casefold(), folded, n=most, cutoff=0.6))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean a or b?`, to be added to a sentence, or nothing when no known word is near."""
    near = closest(word, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""
