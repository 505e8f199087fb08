"""`convoy diff`, `convoy timeline`, `convoy trend`: what git tells of a plan, for people and as JSON."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.common import Now, Slug, Store, clock, fail, failures_told, moment, open_store, said
from bot.cli.terminal import say, say_json

if TYPE_CHECKING:
    from bot.release.moments import Said
    from bot.release.record import Difference, Mark, Told, Way
    from bot.release.trend import Trend
    from bot.services.ports import Moment, PlanHistory

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON instead of text.")]


def diff(
    slug: Slug,
    since: Annotated[
        str,
        typer.Option(
            metavar="WHEN",
            help="From when on: 2026-03-01, 3d, 2w, 12h, yesterday, 'last friday', 2026-03-01T12:00Z, or a commit.",
        ),
    ] = "7d",
    until: Annotated[
        str | None, typer.Option(metavar="WHEN", help="To when: the same; of a day its end. By default now.")
    ] = None,
    now: Now = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show what changed in a plan, with who, when and in which commit."""
    begins, ends = _said(since, "--since"), _said(until, "--until") if until is not None else None
    at = clock(now).now()
    with failures_told(store):
        history, zone = _open(store, slug)
        last = _when(ends, at, zone) if ends is not None else at if now is not None else None
        found = history.diff(slug, _when(begins, at, zone), last)
    if as_json:
        _print_json(_difference(slug, found))
        return
    start, end = _stamp(found.start, zone), _stamp(found.end, zone)
    opened = ", when the plan was opened" if found.opened else ""
    many = len(found.told) or "no"
    say(f"{slug}: {many} change{'' if many == 1 else 's'} from {start}{opened} to {end} ({zone})")
    for line in _lines(found.told, zone):
        say(line)


def timeline(
    slug: Slug,
    repository: Annotated[str, typer.Argument(metavar="REPO", help="The repository, as the plan names it.")],
    now: Now = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show everything that happened to one repository, oldest first."""
    from bot.release.record import NeverThere
    from bot.release.suggest import did_you_mean

    until = moment(now)
    with failures_told(store):
        history, zone = _open(store, slug)
        found = history.timeline(slug, repository, until)
    if isinstance(found, NeverThere):
        fail(f"convoy: there never was a repository {repository!r} in {slug}{did_you_mean(repository, found.known)}")
    if as_json:
        _print_json(_way(slug, found))
        return
    for line in _lines(found.told[::-1], zone):
        say(line)
    if not found.there:
        say(f"{repository} is not in {slug} any more")


def trend(
    slug: Slug,
    now: Now = None,
    store: Store = None,
    as_json: AsJson = False,
    png: Annotated[Path | None, typer.Option("--png", metavar="FILE", help="Draw the picture into this file.")] = None,
) -> None:
    """Show ready against scope for every day, and draw the picture of it."""
    from bot.charts import trend_chart, trend_text
    from bot.services.history import whole_trend

    with failures_told(store):
        plan = open_store(store).read(slug).folder.document.plan
        at = clock(now).now()
        found = whole_trend(_history(store).daily(slug, plan.timezone, at), plan, at)
    if png is not None:
        _write(png, trend_chart(found, plan.release_name))
    if as_json:
        _print_json(_trend(slug, plan.timezone, found))
        return
    say(trend_text(found))
    say(f"{'day':<10}  {'ready':>6}  {'scope':>6}  {'at risk':>7}")
    for point in found.points:
        counts = point.counts
        say(f"{point.day.isoformat()}  {counts.ready:>6}  {counts.scope:>6}  {counts.at_risk:>7}")


def _open(store: str | None, slug: str) -> "tuple[PlanHistory, str]":
    """The history, and the zone of the plan."""
    zone = open_store(store).read(slug).folder.document.plan.timezone
    return _history(store), zone


def _history(store: str | None) -> "PlanHistory":
    from bot.app import open_plan_history

    return open_plan_history(store)


def _said(text: str, option: str) -> "Said | str":
    """What `--since` and `--until` may say: a commit as text."""
    from bot.release.moments import COMMIT

    text = text.strip()
    return text if COMMIT.fullmatch(text) else said(text, option, or_else=", or a commit")


def _when(asked: "Said | str", now: datetime, zone: str) -> "Moment":
    from bot.release.moments import from_when

    return asked if isinstance(asked, str) else from_when(asked, now, zone)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        fail(f"convoy: {path} cannot be written: {error.strerror or error}")


def _lines(told: "tuple[Told, ...]", zone: str) -> Iterator[str]:
    from bot.cli.news import in_words

    for one in told:
        who = "a tracking pass" if one.mark.tracked else one.mark.author
        often = f", the last of {one.times} moves" if one.times > 1 else ""
        yield f"{_at(one.mark.when, zone)}  {in_words(one.change)}  ({who}, {one.mark.commit[:9]}{often})"


def _stamp(mark: "Mark", zone: str) -> str:
    return f"{_at(mark.when, zone)} ({mark.commit[:9]})"


def _at(moment: datetime, zone: str) -> str:
    from bot.release.words import local

    return f"{local(moment, zone):%Y-%m-%d %H:%M}"


def _print_json(data: Mapping[str, Any]) -> None:
    say_json(data)


def _difference(slug: str, found: "Difference") -> Mapping[str, Any]:
    return {
        "plan": slug,
        "from": {**_mark(found.start), "planOpened": found.opened},
        "to": _mark(found.end),
        "changes": [_told(one) for one in found.told],
    }


def _way(slug: str, found: "Way") -> Mapping[str, Any]:
    return {
        "plan": slug,
        "repository": found.repository,
        "inPlan": found.there,
        "steps": [_told(one) for one in found.told[::-1]],
    }


def _trend(slug: str, zone: str, found: "Trend") -> Mapping[str, Any]:
    days = ((p.day, p.counts) for p in found.points)
    return {
        "plan": slug,
        "releaseDate": found.release_date.isoformat() if found.release_date else None,
        "timezone": zone,
        "days": [{"day": d.isoformat(), "ready": c.ready, "scope": c.scope, "atRisk": c.at_risk} for d, c in days],
    }


def _told(told: "Told") -> Mapping[str, Any]:
    change = told.change
    return {
        "kind": change.kind.value,
        "repository": change.repository or None,
        "group": change.group or None,
        "dependency": change.dependency or None,
        "milestone": change.milestone or None,
        "version": change.version,
        "before": change.before,
        "after": change.after,
        "reason": change.said or None,
        "moves": told.times,
        **_mark(told.mark),
    }


def _mark(mark: "Mark") -> Mapping[str, Any]:
    return {
        "commit": mark.commit,
        "at": mark.when.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "author": mark.author,
        "email": mark.email,
        "slackUser": mark.slack_user,
        "trackingPass": mark.tracked,
        "subject": mark.subject,
    }
