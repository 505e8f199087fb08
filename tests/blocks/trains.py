"""The trains that the message tests speak of, who is who in them, and every message there is about one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from bot.blocks import alert, digest, errors, home, impact, notices, plans, refreshed, risks, status, why
from bot.blocks.ahead import Ahead
from bot.blocks.message import Message
from bot.blocks.text import People
from bot.release import alerts, readiness
from bot.release.assessment import Assessment
from bot.release.dates import dates
from bot.release.folder import FeedState, PlanFolder, Tracked
from bot.release.forecast import Forecast, TooLittle
from bot.release.ga_status import Blocker, GaStatus, StatusDocument
from bot.release.history import Change, changes
from bot.release.impact import NoImpact
from bot.release.impact import impact as what_if
from bot.release.plan import Dependency, Group, Milestone, Plan, PlanDocument, Problem, Repository, Waiver
from bot.release.status import Status
from tests.drawing import NOW

SLUG = "summit-2026-q1-launch"
COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"

EXAMPLE = """
Product A (Product Release Captain A):
    summit-app v3.0.0 ON_TRACK fed=2h > common-utils v2.1.0, intelgraph-server v1.5.0
    mobile-app v2.2.0 RELEASED fed=20h
    web-portal v3.0.0 ON_TRACK fed=3h > summit-app v3.0.0
Insights (Insights Release Captain):
    reports v4.1.0 ON_TRACK fed=9d > intelgraph-server v1.5.0
    charts-kit v1.2.0 READY fed=1h
    alerts-hub - NOT_STARTED > charts-kit ^1.0
Platform (Platform Ops Captain):
    intelgraph-server v1.5.0 AT_RISK fed=1h eta=2026-03-18 since=2026-03-03T06:40 blocker="load test fails (#812)"
    audit-log v0.9.0 ON_TRACK fed=2h > policy-engine v2.0.0
    policy-engine v1.8.0 ON_TRACK fed=2h eta=2026-03-10
"""

YESTERDAY = """
Product A (Product Release Captain A):
    summit-app v3.0.0 ON_TRACK fed=2h > common-utils v2.1.0, intelgraph-server v1.5.0
    mobile-app v2.2.0 READY fed=20h
    web-portal v3.0.0 ON_TRACK fed=3h > summit-app v3.0.0
Insights (Insights Release Captain):
    reports v4.1.0 ON_TRACK fed=8d > intelgraph-server v1.4.0
    charts-kit v1.1.0 READY fed=1h
Platform (Platform Captain Before):
    intelgraph-server v1.5.0 ON_TRACK fed=1h eta=2026-03-13
    audit-log v0.9.0 ON_TRACK fed=2h
    policy-engine v1.8.0 ON_TRACK fed=2h eta=2026-03-10
    old-gateway v1.0.0 ON_TRACK fed=2h
"""

QUIET = """
Product A (Product Release Captain A):
    summit-app v3.0.0 ON_TRACK fed=2h > intelgraph-server v1.5.0
Platform (Platform Ops Captain):
    intelgraph-server v1.5.0 ON_TRACK fed=1h eta=2026-03-12
"""


PAST = (
    Forecast(
        Status.ON_TRACK, 4.5, date(2026, 3, 9), date(2026, 3, 20), None, ended=12, still_open=3, repositories=9, plans=2
    ),
    Forecast(Status.ON_TRACK, 4.5, date(2026, 3, 9), None, date(2026, 4, 1), ended=8, still_open=0, repositories=8),
    TooLittle("only 3 releases on record that took longer than 4 days from “on track” on; 8 are needed", 3, 1, 1),
    None,
)
"""What the past may say."""


@dataclass(frozen=True)
class Somebody:
    """An entry of captains.json as the blocks see it."""

    slack_user: str | None


PEOPLE: People = {
    "Product Release Captain A": Somebody("UANA0000A"),
    "Platform Ops Captain": Somebody("UBO00000B"),
}

HOSTILE = (
    "<!channel>",
    "<@U12345678>",
    "*bold* _it_ ~st~ `code`",
    "```fence```",
    "a & b < c > d",
    "&amp;&lt;&gt;",
    "line\nbreak\r\nand\u2028more",
    "> quote",
    "- item",
    "1. item",
    "# heading #",
    "| pipe | \\| \\\\| pipe |",
    "</details><script>alert(1)</script>",
    "[link](https://evil.example) ![image](//evil.example/x.png)",
    "<https://evil.example|click>",
    "https://evil.example/@x www.evil.example mail@evil.example",
    "@everyone #812 !12 org/repo#3",
    ":white_check_mark: READY",
    "$\\color{red}{x}$",
    '"]; n1 --> n2; click n1 "https://evil.example"',
    "```\n```mermaid\ngraph",
    "שלום עולם",
    "\u202eevil\u202c",
    "Z\u0338\u0322\u031b\u031b\u0317\u0318\u0319\u0337a\u0327l\u0335g\u0336o",
    "\u200b\u200c",
    "&" * 300,
    "x" * 300,
    "word " * 60,
    "😀" * 150,
    '"quoted" \\ back',
    "   ",
    "'; DROP TABLE plans; --",
)


@dataclass(frozen=True)
class Bad:
    """A broken head, as the store tells of it."""

    commit: str
    author: str
    problems: Sequence[Problem]


@dataclass(frozen=True)
class Seen:
    """A view of a plan."""

    slug: str
    commit: str
    as_of: datetime
    assessment: Assessment
    people: People


@dataclass(frozen=True)
class Passed:
    """The result of a pass."""

    slug: str
    commit: str | None
    changes: Sequence[Change]
    refused: Mapping[str, str]
    alerts: int
    took: float
    unlisted: Mapping[str, str] = field(default_factory=dict)


def crowd(size: int, text: str = "x", now: datetime = NOW) -> Assessment:
    """A train of `size` repositories with all there is to say about them, `text` in every place that people fill in.

    Nothing is validated on the way: what people read must be sound even where a document once let something slip.
    """
    rows: list[Repository] = []
    reports: dict[str, StatusDocument] = {}
    tracking: dict[str, Tracked] = {}
    kinds = (Status.AT_RISK, Status.ON_TRACK, Status.BLOCKED, Status.UNKNOWN, Status.RELEASED, Status.ON_TRACK)
    feeds = (FeedState.FRESH, FeedState.REFUSED, FeedState.MISSING, FeedState.UNREACHABLE, FeedState.FRESH)
    for number in range(size):
        name = f"{text[:290]}{number}"
        needs = [
            Dependency.model_construct(name=f"{text[:290]}{n}", version=f"v{n}.0")
            for n in {number // 2, number // 3} - {number}
        ]
        needs += [Dependency.model_construct(name=f"{text[:280]}outside{number % 40}", version=f"{text[:100]}1")]
        if number % 7 == 1:  # the plan ships another version than is needed
            needs.append(Dependency.model_construct(name=f"{text[:290]}{number - 1}", version=f"v{number + 5}.0"))
        if number % 50 == 2:  # a circle
            needs.append(Dependency.model_construct(name=f"{text[:290]}{min(number + 1, size - 1)}"))
        version = None if number % 11 == 5 else f"v{number}.0"
        # Half of them have ended; some of the causes are none by that name.
        until = date(2026, 3, 20 if number % 2 else 1)
        waivers = [
            Waiver.model_construct(cause=need.name, until=until, reason=text, accepted_by=text[:290])
            for need in needs
            if number % 3
        ]
        rows.append(
            Repository.model_construct(
                name=name,
                version=version,
                status=kinds[number % 6],
                dependencies=tuple(needs),
                waivers=tuple(waivers),
            )
        )
        tracking[name] = Tracked(rows[-1].status, now - timedelta(days=number % 40), feeds[number % 5], now, text)
        if number % 4:
            reports[name] = _report(name, text, kinds[number % 6], number, now)
    groups = tuple(
        Group.model_construct(
            name=f"{text[:290]} group {n}", lead=f"{text[:200]} lead {n}" if n % 5 != 4 else None, repositories=part
        )
        for n, part in enumerate(_parts(tuple(rows), max(1, size // 8)))
    )
    plan = Plan.model_construct(
        release_name=text[:300] if text.strip() else "x",
        release_date=date(2026, 3, 15),
        release_groups=groups,
        lead=text,
        milestones=(Milestone.model_construct(name=text[:300] or "x", date=date(2026, 3, 6)),),
    )
    return readiness.evaluate(PlanFolder(PlanDocument({}, plan), reports, tracking), now)


def _report(name: str, text: str, status: Status, number: int, now: datetime) -> StatusDocument:
    typed = GaStatus.model_construct(
        schema_version="1.0",
        repository=name,
        status=status,
        updated_at=now - timedelta(hours=number % 400),
        version=f"v{number + 1}.0" if number % 9 == 4 else None,
        summary=text,
        captain=text,
        eta_date=date(2026, 3, 1 + number % 28) if number % 3 else None,
        blockers=(Blocker.model_construct(title=text),) if number % 2 else (),
    )
    return StatusDocument({}, typed)


def _parts(rows: tuple[Repository, ...], into: int) -> list[tuple[Repository, ...]]:
    return [rows[n::into] for n in range(into)]


def people_of(assessment: Assessment) -> People:
    """Half of the captains are somebody in Slack, one of them with a hostile id."""
    leads = sorted({r.lead for r in assessment.repositories if r.lead})
    ids = [f"UMAPPED{n:03}" if n % 4 else "!channel> <!here" for n in range(len(leads))]
    return {lead: Somebody(user) for lead, user in list(zip(leads, ids, strict=True))[::2]}


def everything(assessment: Assessment, text: str = "x") -> dict[str, Message]:
    """Every message that there is about an assessment, by name."""
    people = people_of(assessment)
    about = {"slug": SLUG, "commit": COMMIT, "as_of": assessment.now, "people": people}
    leads = [r.lead for r in assessment.repositories if r.lead][:1]
    first = crowd(3, text, assessment.now - timedelta(days=1))
    bad = Bad(text, text, [Problem(3, text), Problem(4, text)])
    news = changes(first, assessment)
    seen = [Seen(SLUG, COMMIT, assessment.now, assessment, people)]
    said = {
        "status": status.status(assessment, **about, bad_head=bad),
        "risks": risks.risks(assessment, **about),
        "plans": plans.plans(seen * 3),
        "digest": digest.digest(
            assessment, previous=first, slug=SLUG, local_date=date(2026, 3, 3), commit=COMMIT, people=people,
            unmapped=[text] * 9,
        ),
        "refreshed": refreshed.refreshed(Passed(SLUG, COMMIT, news, {text: text}, 2, 1.5, {text: text}), assessment),
        "unknown-command": errors.unknown_command(text, ["status"]),
        "unknown-plan": errors.unknown_plan(text, [text, SLUG]),
        "unknown-repository": errors.unknown_repository(text, [text], text, SLUG),
        "store": errors.store_failed(text),
        "captain-unknown": notices.captain_unknown(text, assessment, slug=SLUG),
    }  # fmt: skip
    folder = PlanFolder(PlanDocument({}, assessment.plan))
    standing = dates(folder, assessment.now)
    said |= slips(folder, assessment, people)
    for lead in leads:
        said["risks-mine"] = risks.risks(assessment, **about, mine=lead)
    for number, row in enumerate(assessment.repositories[:8]):
        ahead = Ahead(standing.find(row.name), PAST[number % len(PAST)])
        said[f"why-{number}"] = why.why(assessment, row.name, slug=SLUG, people=people, ahead=ahead)
    for number, outside in enumerate(assessment.repositories[-1].dependencies[-1:]):
        said[f"why-outside-{number}"] = why.why(assessment, outside.name, slug=SLUG, people=people)
    for number, one in enumerate(alerts.due(SLUG, assessment, [], assessment.now).alerts[:4]):
        said[f"alert-{number}"] = alert.alert(one, assessment, slug=SLUG, people=people)
    return said


def slips(folder: PlanFolder, assessment: Assessment, people: People) -> dict[str, Message]:
    """Every kind of answer to `/release impact` about the first repositories of a plan and one outside."""
    said: dict[str, Message] = {}
    outside = [d for r in assessment.repositories[:1] for d in r.dependencies][-1:]
    names = [*(r.name for r in assessment.repositories[:3]), *(d.name for d in outside), "nobody-knows-it"]
    for number, repository in enumerate(names):
        for slip in (None, timedelta(days=20), timedelta(days=-20), date(2026, 2, 1)):
            found = what_if(folder, assessment.now, repository, slip)
            kind = f"impact-{number}-{slip}"
            if isinstance(found, NoImpact):
                if not found.known:
                    said[kind] = impact.no_impact(found, assessment, repository, slug=SLUG, slip=slip)
                continue
            past = PAST[number % len(PAST)]
            said[kind] = impact.impact_message(found, assessment, slug=SLUG, people=people, forecast=past)
    return said


def home_of(assessment: Assessment) -> dict[str, object]:
    """App Home of the first captain who is somebody in Slack."""
    people = people_of(assessment)
    users = [p.slack_user or "" for p in people.values()]
    seen = Seen(SLUG, COMMIT, assessment.now, assessment, people)
    return home.view([seen] * 3, user=users[-1] if users else "UNOBODY00")


_TRAIN = Path(__file__).parents[1] / "data" / "trains" / "openstack-flamingo"


@cache
def flamingo(day: str = "2025-08-25") -> Assessment:
    """The real train of 278 repositories, as it stood at nine in the morning of a day."""
    plan = Plan.model_validate_json((_TRAIN / "release_plan_full.json").read_bytes())
    reports: dict[str, StatusDocument] = {}
    for line in (_TRAIN / "timeline.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["date"] >= day:
            continue
        reports.pop(event["repository"], None)
        if event["ga_status"] is not None:
            typed = GaStatus.model_validate_json(json.dumps(event["ga_status"]))
            reports[event["repository"]] = StatusDocument(event["ga_status"], typed)
    return readiness.evaluate(PlanFolder(PlanDocument({}, plan), reports), datetime.fromisoformat(f"{day}T09:00:00Z"))
