"""App Home: what I wait on, who waits on me, and my groups, over all plans that name me."""

from collections.abc import Sequence
from typing import Any

from bot.blocks import causes as cause_words
from bot.blocks.ids import HOME
from bot.blocks.limits import VIEW_BLOCKS, context, pack, section
from bot.blocks.message import Block
from bot.blocks.plans import ViewLike
from bot.blocks.status import counts, group_line
from bot.blocks.text import code, name, strong
from bot.blocks.voice import Voice, footer, names, stale_feeds
from bot.release import outline, words
from bot.release.assessment import Assessment
from bot.release.outline import Cause
from bot.release.status import PlanStatus, Verdict

_PLANS, _WAITS, _GROUPS, _RISKS, _NAMES = 5, 6, 6, 4, 5


def view(plans: Sequence[ViewLike], *, user: str) -> dict[str, Any]:
    """The Home tab of one person (Slack user id), as the `view` of `views.publish`."""
    live = [p for p in plans if p.assessment.plan.status in (PlanStatus.PLANNING, PlanStatus.IN_PROGRESS)]
    live.sort(key=lambda p: (p.assessment.plan.release_date, p.slug))
    mine = [(p, leads) for p in live if (leads := leads_of(p, user))]
    blocks: list[Block] = []
    led = [p for p in live if _leads(p, user)]
    for plan in led[:_PLANS]:
        blocks += _lead(plan)
    for plan, leads in mine[:_PLANS]:
        blocks += _plan(plan, leads)
    if not mine and not led:
        blocks.append(section(f"{strong('No group names you as its captain.')}\nNothing here waits on you."))
    told = {p.slug for p in (*led[:_PLANS], *(p for p, _ in mine[:_PLANS]))}
    others = [p for p in live if p.slug not in told]
    if others:
        lines = [f"{name(p.assessment.plan.release_name)}: {code(f'/release status {p.slug}')}" for p in others[:10]]
        blocks += pack([strong("Other plans" if told else "Plans"), *lines])
    blocks.append(context(f"Everything that you can ask: {code('/release help')}"))
    return {"type": "home", "callback_id": HOME, "blocks": blocks[:VIEW_BLOCKS]}


def leads_of(plan: ViewLike, user: str) -> frozenset[str]:
    """The lead names of a plan that stand for a Slack user."""
    leads = {g.lead for g in plan.assessment.plan.release_groups if g.lead}
    return frozenset(lead for lead in leads if _is(plan, lead, user))


def _is(plan: ViewLike, lead: str, user: str) -> bool:
    person = plan.people.get(lead)
    return (person.slack_user if person is not None and person.slack_user else lead) == user


def _leads(plan: ViewLike, user: str) -> bool:
    lead = plan.assessment.plan.lead
    return bool(lead) and _is(plan, lead or "", user)


def _lead(plan: ViewLike) -> list[Block]:
    """What a lead captain wants to know of the whole plan: how it stands, what is at risk, whom nobody can reach."""
    assessment = plan.assessment
    voice = Voice(assessment, plan.people)
    t = outline.tally(assessment.repositories)
    first = voice.headline(outline.health(assessment))
    blocks: list[Block] = [section(f"{strong(first)}\nYou are its lead captain. {words.sentence(counts(t))}")]
    found = outline.causes(assessment)
    risky = [c for c in found if c.kind in outline.RISKY]
    lines = [cause_words.line(c, voice) for c in risky[:_RISKS]]
    if len(risky) > _RISKS:
        lines.append(f"and {len(risky) - _RISKS:,} more")
    lines += cause_words.unknown([c for c in found if c.kind is Verdict.UNKNOWN], voice, 1)
    alone = outline.in_trouble(assessment)[0]
    if alone:
        holds = "holds" if len(alone) == 1 else "hold"
        known = words.count(len(alone), "repository")
        lines.append(f"{known} at risk or unknown {holds} nobody up: {names([r.name for r in alone], _NAMES)}")
    lines += [
        f"{line}." for line in (_unreachable(assessment, voice), stale_feeds(assessment.repositories, voice)) if line
    ]
    blocks += pack([strong("What needs you"), *(lines or ["Nothing: nothing is at risk, and every feed is fresh."])])
    hint = f"More: {code(f'/release risks {plan.slug}')}"
    return [*blocks, context(f"{hint} · {footer(voice, plan.commit, plan.as_of)}"), {"type": "divider"}]


def _unreachable(assessment: Assessment, voice: Voice) -> str:
    """Captains of whom Slack knows nothing, and groups that have none. No full stop."""
    open_ones = [r for r in assessment.repositories if not r.settled]
    unknown = sorted({r.lead for r in open_ones if r.lead and not voice.who(r.lead).startswith("<@")})
    without = sorted({r.group for r in open_ones if not r.lead})
    said = []
    if unknown:
        said.append(
            f"Slack does not know {names(unknown, _NAMES)}, so no alert reaches them: add them to captains.json"
        )
    if without:
        said.append(f"Nobody answers for {names(without, _NAMES)}: name a captain in the plan")
    return ". ".join(said)


def _plan(plan: ViewLike, leads: frozenset[str]) -> list[Block]:
    assessment = plan.assessment
    voice = Voice(assessment, plan.people)
    found = outline.causes(assessment)
    own = {r.name for r in assessment.repositories if r.lead in leads}
    blocks: list[Block] = [section(strong(voice.headline(outline.health(assessment))))]
    blocks += pack(_waits_on(found, own, leads, voice, plan.slug))
    blocks += pack(_waits_on_me(found, own, leads, voice))
    groups = [g for g in outline.worst_first(outline.groups(assessment)) if g.lead in leads]
    lines = [strong("My groups"), *(group_line(g, voice) for g in groups[:_GROUPS])]
    if len(groups) > _GROUPS:
        lines.append(f"and {len(groups) - _GROUPS:,} more")
    blocks += pack(lines)
    return [*blocks, context(footer(voice, plan.commit, plan.as_of)), {"type": "divider"}]


def _waits_on(found: Sequence[Cause], own: set[str], leads: frozenset[str], voice: Voice, slug: str) -> list[str]:
    causes = [c for c in found if c.root.owner not in leads and own & set(c.root.blocks)]
    causes.sort(key=lambda c: outline.URGENCY.index(c.kind))
    lived_with = [c for c in causes if c.accepted_for(own)]
    causes = [c for c in causes if c not in lived_with]
    accepted = _lived_with(lived_with, own, voice, slug)
    if not causes:
        return [strong("What I wait on"), f"Nothing {'else ' if accepted else ''}that others must do.", *accepted]
    lines = [strong(f"What I wait on ({len(causes):,})")]
    known = [c for c in causes if not c.silent]
    lines += [cause_words.line(c, voice) for c in known[:_WAITS]]
    if len(known) > _WAITS:
        lines.append(f"and {len(known) - _WAITS:,} more: {code(f'/release risks {slug} mine')}")
    return lines + cause_words.unknown([c for c in causes if c.silent], voice, 1) + accepted


def _lived_with(found: Sequence[Cause], own: set[str], voice: Voice, slug: str) -> list[str]:
    """What is accepted for all of mine: listed, and not counted as something that I wait on."""
    if not found:
        return []
    lines = [strong(f"Risks accepted for mine ({len(found):,})")]
    lines += [cause_words.line(c, voice, own) for c in found[:_RISKS]]
    if len(found) > _RISKS:
        lines.append(f"and {len(found) - _RISKS:,} more: {code(f'/release risks {slug} mine')}")
    return lines


def _waits_on_me(found: Sequence[Cause], own: set[str], leads: frozenset[str], voice: Voice) -> list[str]:
    causes = [c for c in found if c.root.owner in leads]
    if not causes:
        return [strong("Who waits on me"), "Nobody."]
    lines = [strong(f"Who waits on me ({len(causes):,})")]
    for cause in causes[:_WAITS]:
        said = f"{cause_words.state(cause)}: {_waiting(cause, leads, own, voice)} on it"
        said += cause_words.in_brackets(cause, voice)
        lines.append(cause_words.line(cause, voice) if cause.kind is Verdict.MISMATCH else said)
    if len(causes) > _WAITS:
        lines.append(f"and {len(causes) - _WAITS:,} more")
    return lines


def _waiting(cause: Cause, leads: frozenset[str], own: set[str], voice: Voice) -> str:
    """Who waits: those of other captains, with the captains; else one's own."""
    others = [b for b in cause.root.blocks if b not in own]
    who = [voice.who(c) for c in cause.root.captains if c not in leads]
    said = names(others, 3) if others else f"your own {names(cause.root.blocks, 3)}"
    of = f" of {words.listing(who, 3)}" if others and who else ""
    return f"{said}{of} {'waits' if len(others or cause.root.blocks) == 1 else 'wait'}"
