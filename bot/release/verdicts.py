"""The verdict of one dependency from the provider's own standing, before risk travels along the edges."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.release.outsiders import NO_EVIDENCE, THE_PLAN
from bot.release.plan import Dependency, Plan
from bot.release.proof import fits, proof
from bot.release.standing import Standing
from bot.release.status import Status, Verdict
from bot.release.version import Outcome
from bot.release.words import count, day, span

OR_ACCEPT = ", or accept the risk"
"""How an advice ends where one may also live with it."""
TROUBLE = frozenset({Status.AT_RISK, Status.BLOCKED})


def without_accepting(advice: str) -> str:
    """The advice for somebody who lives with the risk already."""
    return advice.removesuffix(OR_ACCEPT)


@dataclass(frozen=True, slots=True)
class Own:
    """A verdict with its reason and advice (plain sentences), and what it rests on.

    `conflict`: how dependency and plan contradict each other although what is needed is out; it follows the name
    of the one that has the dependency.
    """

    verdict: Verdict
    reason: str
    advice: str = ""
    evidence: str = ""
    conflict: str = ""


def own_verdict(plan: Plan, dependency: Dependency, provider: Standing, owner: str | None) -> Own:
    """Judge one dependency. `owner` is who answers for the provider (None: nobody is named)."""
    ready = _published(dependency, provider)
    if ready is not None:
        return replace(ready, conflict=_pinned(dependency, provider))
    ask = f"Talk to {owner}" if owner else f"Find out who owns {provider.name}"
    if not provider.in_plan and provider.document is None:
        return _outsider(dependency, provider)
    mismatch = _mismatch(dependency, provider)
    if mismatch is not None:
        return mismatch
    trouble = _trouble(plan, dependency, provider, ask)
    if trouble is not None:
        return trouble
    return _unclear(dependency, provider, ask) or Own(
        Verdict.WAITING,
        f"{provider.label} is {_WORD[provider.status]} and not out yet",
        "No action now",
        _evidence(provider),
    )


_WORD = {
    Status.NOT_STARTED: "not started",
    Status.ON_TRACK: "on track",
    Status.AT_RISK: "at risk",
    Status.BLOCKED: "blocked",
    Status.READY: "ready",
    Status.RELEASED: "released",
    Status.DROPPED: "dropped",
    Status.UNKNOWN: "unknown",
}


def _published(dependency: Dependency, provider: Standing) -> Own | None:
    found = proof(dependency.version, provider)
    if found is None:
        return None
    version, why = found
    return Own(Verdict.READY, f"{provider.name} {version} is out", evidence=why)


def _pinned(dependency: Dependency, provider: Standing) -> str:
    """Another version than the plan ships is out and satisfies: nothing waits, and yet the two do not go together."""
    if not provider.in_plan or provider.version is None or provider.status is Status.DROPPED:
        return ""
    if fits(dependency.version, provider.version, provider).outcome is not Outcome.NOT_SATISFIED:
        return ""
    return f"asks for {provider.name} {dependency.version}, and the plan ships {provider.label}"


def _outsider(dependency: Dependency, provider: Standing) -> Own:
    needed = f" {dependency.version}" if dependency.version else ""
    if (evidence := provider.evidence) is not None and (newest := evidence.newest()):
        return Own(
            Verdict.UNKNOWN,
            f"{provider.name} is not in this plan and publishes no status; {dependency.version or 'a release'} is not "
            f"among its published versions ({newest}), and nobody knows when it comes",
            f"Find out who owns {provider.name}: have it publish a ga_status.json, or take it into the plan",
            f"its published versions, {evidence.day}",
        )
    return Own(
        Verdict.UNKNOWN,
        f"{provider.name} is not in this plan and nobody publishes its status, so nobody knows whether "
        f"{provider.name}{needed} is there",
        f"Find out who owns {provider.name}: have it publish a ga_status.json, or take it into the plan",
        NO_EVIDENCE,
    )


def _mismatch(dependency: Dependency, provider: Standing) -> Own | None:
    needed = dependency.version or "any version"
    if provider.status is Status.DROPPED:
        return Own(
            Verdict.MISMATCH,
            f"{provider.name} was dropped from this release, and {needed} is needed",
            f"Drop the dependency or bring {provider.name} back",
            THE_PLAN,
        )
    if not provider.in_plan or provider.version is None:
        return None
    if fits(dependency.version, provider.version, provider).outcome is not Outcome.NOT_SATISFIED:
        return None
    return Own(
        Verdict.MISMATCH,
        f"the plan ships {provider.name} {provider.version}, which does not satisfy {needed}",
        f"Change the plan to ship {provider.name} {needed}, or lower what is required to {provider.version}",
        THE_PLAN,
    )


def _trouble(plan: Plan, dependency: Dependency, provider: Standing, ask: str) -> Own | None:
    if provider.status in TROUBLE:
        return Own(
            Verdict.AT_RISK,
            f"{provider.label} is {_WORD[provider.status]}{_because(provider)}{_expected(provider.eta)}",
            f"{ask} today{OR_ACCEPT}",
            _evidence(provider),
        )
    if provider.eta is None or provider.status in (Status.UNKNOWN, Status.RELEASED):
        return None
    limit, what = _deadline(plan, dependency)
    late = (provider.eta - limit).days
    if late <= 0:
        return None
    return Own(
        Verdict.AT_RISK,
        f"{provider.label} is expected on {day(provider.eta)}, {late} day{'s' if late != 1 else ''} after {what}",
        f"{ask} about the date{OR_ACCEPT}",
        _evidence(provider),
    )


def _deadline(plan: Plan, dependency: Dependency) -> tuple[date, str]:
    if dependency.need_by is not None:
        return dependency.need_by, f"it is needed ({day(dependency.need_by)})"
    return plan.release_date, f"the release date ({day(plan.release_date)})"


def _unclear(dependency: Dependency, provider: Standing, ask: str) -> Own | None:
    """UNKNOWN never reads as ready: no evidence, an expired feed, or versions that cannot be compared."""
    if provider.expired:
        return Own(
            Verdict.UNKNOWN,
            f"{_expired(provider)}, so where it stands is unknown",
            f"{ask}: its ga_status.json needs an update",
            _evidence(provider),
        )
    if provider.status is Status.UNKNOWN:
        reason = "publishes no status that can be read" if provider.document is None else "gives its status as unknown"
        return Own(Verdict.UNKNOWN, f"{provider.label} {reason}", f"{ask}: its feed needs a fix", _evidence(provider))
    if provider.version is None and dependency.version is not None:
        return Own(
            Verdict.UNKNOWN,
            f"which version of {provider.name} ships is not decided yet, and {dependency.version} is needed",
            f"{ask}: decide on its version",
            THE_PLAN,
        )
    if provider.version is not None:
        match = fits(dependency.version, provider.version, provider)
        if match.outcome is Outcome.INCOMPARABLE and dependency.version is not None:
            return Own(Verdict.UNKNOWN, match.reason, _one_scheme(dependency, provider), THE_PLAN)
    if provider.status is Status.RELEASED:
        return _released(dependency, provider, ask)
    return None


def _one_scheme(dependency: Dependency, provider: Standing) -> str:
    """Nobody has to be asked how it stands: the two texts do not go together."""
    if provider.in_plan:
        return f"Change the plan: write {provider.label} and the {dependency.version} that is needed in one scheme"
    return f"Change the plan: require {provider.name} in the scheme of its own versions ({provider.version})"


def _expired(provider: Standing) -> str:
    """How long its feed was good for, and how old it is by now."""
    document, feed = provider.document, f"the feed of {provider.name}"
    if document is None or document.ttl_hours is None or not provider.age:
        return f"{feed} is dated in the future"
    hours = document.ttl_hours
    good = count(int(hours), "hour") if hours < 48 and hours == int(hours) else span(timedelta(hours=hours))
    return f"{feed} was good for {good} and is {span(provider.age)} old"


def _released(dependency: Dependency, provider: Standing, ask: str) -> Own:
    """It says that it is out, and what is needed is not what it names."""
    if not provider.published:
        said, todo = "names no version", "its feed should name the published version"
    else:
        needed = dependency.version or "a release"
        said, todo = f"names {provider.published[0][0]}, which is not {needed}", f"when does {needed} come out?"
    reason = f"{provider.name} says RELEASED and {said}"
    return Own(Verdict.UNKNOWN, reason, f"{ask}: {todo}", _evidence(provider))


def _because(provider: Standing) -> str:
    document = provider.document
    if document is None:
        return ", as people set by hand"
    blocker = next((b.title or b.id for b in document.blockers if b.title or b.id), None)
    said = blocker or document.summary
    return f": {said}" if said else ""


def _expected(eta: date | None) -> str:
    return f"; expected on {day(eta)}" if eta is not None else ""


def _evidence(provider: Standing) -> str:
    if provider.by_hand or provider.document is None:
        said = "set by hand in the plan"
    else:
        said = f"its status document of {provider.document.updated_at.date().isoformat()}"
    evidence = provider.evidence
    if evidence is None or not (newest := evidence.newest()):
        return said
    return f"{said}; of its published versions {newest}, {evidence.day}"
