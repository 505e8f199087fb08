"""What two sources say differently, for every message that tells how things stand: nobody knows which is right."""

from collections.abc import Collection, Sequence

from bot.blocks.limits import pack, section
from bot.blocks.message import Message
from bot.blocks.text import code, strong
from bot.blocks.voice import Voice, names
from bot.release import outline, words

_THREAD = 40


def lines(voice: Voice, slug: str, most: int, leads: Collection[str] | None = None) -> list[str]:
    """One of each repository, and of which repositories there are more. `leads`: only of what is theirs."""
    found = _found(voice, leads)
    firsts: dict[str, str] = {}
    for who, sentence in found:
        firsts.setdefault(who, sentence)
    told = set(list(firsts.items())[:most])
    rest = [who for who, sentence in found if (who, sentence) not in told]
    said = [f"‼ {voice.told(sentence)}" for who, sentence in found if (who, sentence) in told]
    if rest:
        more = words.count(len(rest), "more contradiction")
        silent_first = sorted(dict.fromkeys(rest), key={who for who, _ in told}.__contains__)
        said.append(f"‼ and {more}, of {names(silent_first)}: {code(f'/release why REPO {slug}')}")
    return said


def short(voice: Voice) -> list[str]:
    """How many there are, and of which repositories."""
    found = _found(voice, None)
    if not found:
        return []
    whose = names(list(dict.fromkeys(who for who, _ in found)))
    return [f"‼ {words.count(len(found), 'contradiction')} to settle, in the thread: {whose}"]


def thread(voice: Voice) -> list[Message]:
    """One of each repository and how many more it has, as a message of their own."""
    found = _found(voice, None)
    if not found:
        return []
    title = f"What sources say differently in {voice.train}"
    of_each: dict[str, list[str]] = {}
    for who, sentence in found:
        of_each.setdefault(who, []).append(sentence)
    told = list(of_each.values())
    said = [
        f"‼ {voice.told(first)}" + (f" And {len(more):,} more of that repository." if more else "")
        for first, *more in told[:_THREAD]
    ]
    if len(told) > _THREAD:
        said.append(f"‼ and {words.count(len(told) - _THREAD, 'more repository')}: see RELEASE_PLAN.md")
    return [Message(title, [section(strong(title)), *pack(said)])]


def _found(voice: Voice, leads: Collection[str] | None) -> Sequence[tuple[str, str]]:
    found = outline.contradictions(voice.assessment)
    if leads is None:
        return found
    own = {r.name for r in voice.assessment.repositories if r.lead in leads}
    return [(who, sentence) for who, sentence in found if who in own]
