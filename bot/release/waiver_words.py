"""How an accepted risk is told: plain words that Slack, RELEASE_PLAN.md and the terminal share, not escaped."""

from collections.abc import Callable, Collection, Sequence
from datetime import date

from bot.release.outline import Cause
from bot.release.plan import Waiver
from bot.release.words import clean, listing

On = Callable[[date], str]
_REASON, _NAMES, _TOLD = 120, 3, 2


def accepted(cause: Cause, on: On, own: Collection[str] | None = None) -> str:
    """`risk accepted by Ana until Fri 20 Mar: "we ship our own copy"`; empty where nobody accepted it.

    `own`: the repositories that the reader answers for (None: all). It says for which it is accepted where others wait
    on the cause as well.
    """
    asked = {name for name in cause.root.blocks if own is None or name in own}
    alike: dict[tuple[str, date, str], list[str]] = {}
    for name, waiver in cause.accepted:
        if own is None or name in own:
            alike.setdefault((waiver.accepted_by, waiver.until, waiver.reason), []).append(name)
    told = [_told(*what, on, () if asked <= set(names) else names) for what, names in alike.items()]
    more = f"; and {len(told) - _TOLD:,} more" if len(told) > _TOLD else ""
    return "; ".join(told[:_TOLD]) + more


def back(cause: Cause, on: On) -> list[str]:
    """`Ana accepted this risk for summit-app until Fri 20 Mar ("known"); it is back because …`, each decision once."""
    alike: dict[tuple[str, date, str, str], list[str]] = {}
    for name, gone in cause.lapsed:
        was = gone.waiver
        alike.setdefault((was.accepted_by, was.until, was.reason, gone.because), []).append(name)
    return [
        f"{by or 'Somebody'} accepted this risk for {listing(names, _NAMES)} until {on(until)}"
        f"{_in_brackets(reason)}; it is back because {because}"
        for (by, until, reason, because), names in alike.items()
    ]


def _in_brackets(reason: str) -> str:
    return f' ("{clean(reason, _REASON)}")' if reason.strip() else ""


def of_one(waiver: Waiver, on: On) -> str:
    """The same of one waiver."""
    return _told(waiver.accepted_by, waiver.until, waiver.reason, on)


def _told(by: str, until: date, reason: str, on: On, names: Sequence[str] = ()) -> str:
    whose = f" for {listing(names, _NAMES)}" if names else ""
    who = f" by {by}" if by else ""
    said = f': "{clean(reason, _REASON)}"' if reason.strip() else ""
    return f"risk accepted{whose}{who} until {on(until)}{said}"
