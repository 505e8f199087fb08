"""What lies ahead of one repository: its earliest day beside the one on which it is wanted, and what the past says."""

from dataclasses import dataclass

from bot.blocks.text import plain
from bot.blocks.voice import Voice
from bot.release import date_words, words
from bot.release.dates import DatedRepository
from bot.release.forecast import Forecast, TooLittle

LONG = 800
"""Characters of a sentence of ours that names several repositories."""


@dataclass(frozen=True)
class Ahead:
    """The dates of one repository and what the past says of it, as far as they are known."""

    dated: DatedRepository | None = None
    forecast: Forecast | TooLittle | None = None


def standing(dated: DatedRepository | None, voice: Voice) -> list[str]:
    """The earliest day, whether it misses its date, by how much and because of whom; nothing for what is out."""
    said = date_words.standing(dated, voice.today) if dated is not None else ""
    return [plain(words.as_sentence(said), LONG)] if said else []


def foreseen(forecast: Forecast | TooLittle | None, voice: Voice) -> list[str]:
    """What the past says; nothing where it says too little."""
    if not isinstance(forecast, Forecast):
        return []
    return [plain(words.as_sentence(date_words.foreseen(forecast, voice.today)), LONG)]


def silence(forecast: Forecast | TooLittle | None) -> str:
    """Why the past says nothing, for the small print; empty where it speaks, has not been read, or is not asked."""
    if not isinstance(forecast, TooLittle) or not forecast.coming:
        return ""
    return plain(f"No forecast: {words.stopped(forecast.reason)}", LONG)
