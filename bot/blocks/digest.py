"""The digest: what the release channel reads each working day. The first line says it all, a quiet day is that line."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.blocks import causes as cause_words
from bot.blocks import changes as change_words
from bot.blocks import contradictions
from bot.blocks.limits import context, pack, section, split
from bot.blocks.message import Block, Message
from bot.blocks.status import counts, group_line
from bot.blocks.text import People, code, name, strong
from bot.blocks.voice import Voice, bar, names
from bot.release import outline, words
from bot.release.assessment import Assessment, RepositoryHealth
from bot.release.history import Change, changes
from bot.release.outline import RISKY, TROUBLED, Cause, GroupHealth, Tally
from bot.release.status import PlanStatus, Status, Verdict

_NEWS, _CAUSES, _UNKNOWNS, _NAMES, _MILESTONES = 6, 4, 2, 5, 2
_THREAD_NEWS, _THREAD_GROUPS, _THREAD_PER_GROUP = 60, 60, 8
_MILESTONE_DAYS = 14


def digest(
    assessment: Assessment,
    *,
    previous: Assessment | None,
    slug: str,
    local_date: date,
    commit: str,
    people: People,
    unmapped: Sequence[str] = (),
) -> Message:
    """The digest of `local_date`. `previous`: how things stood at the last one (None: this is the first).

    `unmapped`: leads without a Slack user. Detail for each group is in the thread; a day without change has none.
    """
    voice = Voice(assessment, people)
    t = outline.tally(assessment.repositories)
    first = _first_line(voice, t, outline.tally(previous.repositories) if previous else None)
    news = changes(previous, assessment)
    if previous is not None and not news:
        quiet = f"{first}. No change {_since(previous, voice, local_date)}."
        return split(Message(quiet, [section(quiet)]))
    blocks: list[Block] = [section(f"{strong(first)}\n{bar(t.done, t.total)} {counts(t)}")]
    phrases = change_words.told(news, voice)
    if previous is not None:
        blocks += pack([_news(phrases, _since(previous, voice, local_date))])
    blocks += pack(_finish(assessment, voice, slug))
    blocks += pack(_due(assessment, voice, local_date))
    blocks += pack([*_evidence(assessment, voice, unmapped), *contradictions.short(voice)])
    if len(blocks) == 1 and assessment.repositories:
        blocks.append(section("Nothing is at risk. Nothing to do."))
    blocks.append(context(f"commit {name(commit[:7])} · {code(f'/release status {slug}')} · details in the thread"))
    return split(Message(f"{first}.", blocks, _thread(assessment, voice, news, len(phrases))))


def _first_line(voice: Voice, now: Tally, before: Tally | None) -> str:
    status = voice.assessment.plan.status
    left = words.countdown(voice.assessment.days_left)
    if status in (PlanStatus.RELEASED, PlanStatus.CANCELLED):
        left = words.PLAN_STATUS[status]
    parts = [left, f"{now.done:,} of {now.total:,} ready{_delta(now.done, before.done if before else None)}"]
    for kind in (Status.AT_RISK, Status.BLOCKED, Status.UNKNOWN):
        change = _delta(now.of(kind), before.of(kind) if before else None)
        if now.of(kind) or change:
            parts.append(f"{now.of(kind):,} {words.STATUS[kind].word}{change}")
        elif kind is Status.AT_RISK:
            parts.append("nothing at risk")
    return f"{voice.train}: {', '.join(parts)}"


def _delta(now: int, before: int | None) -> str:
    if before is None or now == before:
        return ""
    return f" ({'+' if now > before else '−'}{abs(now - before):,})"


def _since(previous: Assessment, voice: Voice, local_date: date) -> str:
    last = words.local(previous.now, voice.zone)
    behind = (local_date - last.date()).days
    if behind == 0:
        return f"since {last:%H:%M}"
    return "since yesterday" if behind == 1 else f"since {words.day(last.date(), local_date)}"


def _news(phrases: Sequence[str], since: str) -> str:
    more = f" · and {len(phrases) - _NEWS:,} more in the thread" if len(phrases) > _NEWS else ""
    return f"{since[0].upper()}{since[1:]}: {' · '.join(phrases[:_NEWS])}{more}"


def _finish(assessment: Assessment, voice: Voice, slug: str) -> list[str]:
    """What to finish first, and what that frees. Inside the alert window also what is merely not out yet."""
    found = outline.causes(assessment)
    risky = [c for c in found if c.kind in RISKY]
    unknown = [c for c in found if c.kind is Verdict.UNKNOWN]
    near = assessment.days_left <= assessment.plan.alert_window_days
    waiting = [c for c in found if c.kind is Verdict.WAITING and len(c.root.blocks) > 1] if near else []
    lines = [_finish_line(c, voice) for c in risky[:_CAUSES]]
    lines += [_finish_line(c, voice) for c in waiting[: _CAUSES - len(lines)]]
    lines += cause_words.unknown(unknown, voice, _UNKNOWNS)
    more = max(0, len(risky) - _CAUSES) + max(0, sum(not c.silent for c in unknown) - _UNKNOWNS)
    if more:
        lines.append(f"and {more:,} more: {code(f'/release risks {slug}')}")
    return lines


def _finish_line(cause: Cause, voice: Voice) -> str:
    """What to finish, and where somebody lives with the risk, who and until when."""
    if cause.kind is Verdict.MISMATCH:
        return f"{cause_words.line(cause, voice)} {cause_words.advice(cause, voice)}".rstrip()
    owner = voice.who(cause.owner)
    what = f"{strong(name(cause.label))}{f' ({owner})' if owner else ''}"
    if cause.root.members:
        told = (f"⚠ {cause_words.state(cause)}.", cause_words.advice(cause, voice), cause_words.relief(cause, voice))
        return " ".join(part for part in told if part) + cause_words.in_brackets(cause, voice)
    look = words.STATUS[cause.root.status]
    when = f", expected on {voice.on(cause.root.eta)}" if cause.root.eta else ", no date given"
    late = f", {words.count(cause.root.late_days, 'day')} late" if cause.root.late_days else ""
    symbol = words.VERDICT[cause.kind].symbol
    how = f"{look.word}{voice.since(cause.root.since)}{when}{late}"
    accepted = cause_words.in_brackets(cause, voice)
    return f"{symbol} {cause_words.frees(cause, voice, what)}. {how[0].upper()}{how[1:]}.{accepted}"


def _due(assessment: Assessment, voice: Voice, local_date: date) -> list[str]:
    """Dates that come near, and decisions that are still open."""
    lines = []
    ahead = sorted(
        (m for m in assessment.plan.milestones if 0 <= (m.date - local_date).days <= _MILESTONE_DAYS),
        key=lambda m: (m.date, m.name),
    )
    for milestone in ahead[:_MILESTONES]:
        days = (milestone.date - local_date).days
        when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {words.count(days, 'day')}"
        lines.append(f"Milestone: {name(milestone.name)} {when} ({voice.on(milestone.date)})")
    undecided = [r.name for r in assessment.repositories if r.version is None and not r.settled]
    if undecided:
        lines.append(f"To decide: {words.count(len(undecided), 'version')} ({names(undecided, _NAMES)})")
    return lines


def _evidence(assessment: Assessment, voice: Voice, unmapped: Sequence[str]) -> list[str]:
    """Whose feed needs a fresh word, and whom nobody can reach."""
    lines = []
    stale = [r for r in assessment.repositories if r.stale]
    if stale:
        lines.append(f"Stale, please publish a new ga_status.json: {_stale(stale, voice)}")
    if unmapped:
        lines.append(
            f"Slack does not know {names(unmapped, _NAMES)}, so no alert reaches them: add them to captains.json."
        )
    return lines


def _stale(found: Sequence[RepositoryHealth], voice: Voice) -> str:
    """Each feed with its age and owner; many of them by owner, those with the most first."""
    if len(found) <= _NAMES:
        oldest = sorted(found, key=lambda r: (-_age(r), r.name))
        return ", ".join(
            f"{name(r.name)} ({words.span(timedelta(seconds=_age(r)))}, {_owner(r, voice)})" for r in oldest
        )
    owners: dict[str, list[float]] = {}
    for row in found:
        owners.setdefault(_owner(row, voice), []).append(_age(row))
    most = sorted(owners.items(), key=lambda o: (-len(o[1]), o[0]))
    said = [f"{who} ({words.count(len(ages), 'feed')}, up to {words.span(timedelta(seconds=max(ages)))} old)"
            for who, ages in most[:_NAMES]]  # fmt: skip
    rest = sum(len(ages) for _, ages in most[_NAMES:])
    return ", ".join(said) + (f" and {rest:,} more of others" if rest else "")


def _age(repository: RepositoryHealth) -> float:
    return repository.age.total_seconds() if repository.age is not None else 0.0


def _owner(repository: RepositoryHealth, voice: Voice) -> str:
    return voice.who(repository.lead or repository.captain) or "no captain"


def _thread(assessment: Assessment, voice: Voice, news: Sequence[Change], phrases: int) -> list[Message]:
    messages = []
    if phrases > _NEWS or len(news) > phrases:
        lines = [f"• {p}" for p in change_words.each(news[:_THREAD_NEWS], voice)]
        if len(news) > _THREAD_NEWS:
            lines.append(f"and {len(news) - _THREAD_NEWS:,} more, all in the history of the plan")
        title = f"Everything that changed in {voice.train}"
        messages.append(Message(title, [section(strong(title)), *pack(lines)]))
    messages += contradictions.thread(voice)
    found = outline.worst_first(outline.groups(assessment))
    if found:
        title = f"{voice.train}, group by group"
        lines = [line for g in found[:_THREAD_GROUPS] for line in _group(g, voice)]
        if len(found) > _THREAD_GROUPS:
            lines.append(f"and {words.count(len(found) - _THREAD_GROUPS, 'more group')}, none of them worse")
        messages.append(Message(title, [section(strong(title)), *pack(lines)]))
    return messages


def _group(group: GroupHealth, voice: Voice) -> list[str]:
    """The group's line, and under it those of its repositories that somebody should look at."""
    lines = [group_line(group, voice)]
    worth = [r for r in group.repositories if _worth_a_line(r)]
    lines += [f"    • {_detail(r)}" for r in worth[:_THREAD_PER_GROUP]]
    if len(worth) > _THREAD_PER_GROUP:
        lines.append(f"    • and {len(worth) - _THREAD_PER_GROUP:,} more")
    return lines


def _worth_a_line(repository: RepositoryHealth) -> bool:
    return repository.status in TROUBLED | {Status.UNKNOWN} or outline.is_held_up(repository)


def _detail(repository: RepositoryHealth) -> str:
    look = words.STATUS[repository.status]
    waits = [d for d in outline.open_dependencies(repository) if d.verdict in RISKY]
    on = f", held up by {names([d.name for d in waits], 3)}" if waits else ""
    return f"{look.symbol} {name(repository.name, repository.version)}: {look.word}{on}"
