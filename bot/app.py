"""The composition root: settings → adapters → services → listeners. The only place that wires."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.access_settings import ForgeSettings, StoreAccess
from bot.markdown import dashboard
from bot.release import readiness
from bot.release.folder import PlanFolder
from bot.services.accepting import Accepting
from bot.services.alerting import Alerting
from bot.services.clock import SystemClock
from bot.services.digests import Digests
from bot.services.editing import Editing
from bot.services.hearing import Hearing
from bot.services.history import History
from bot.services.outlook import Outlook
from bot.services.planning import Planning
from bot.services.ports import Clock, PlanHistory, PlanStore, SourceMemory, StatusSource, StoreUnavailableError
from bot.services.tracking import Tracking
from bot.services.upkeep import Upkeep
from bot.settings import Settings, SettingsError, load_access

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.delivery.courier import Rhythm
    from bot.delivery.database import Database
    from bot.delivery.engine import DeliveryEngine
    from bot.delivery.ledger import SqlDeliveries
    from bot.sources.packages import Index
    from bot.web.health import Check
    from bot.web.once import Seen


NEVER = datetime.min.replace(tzinfo=UTC)


def render_dashboard(slug: str, folder: PlanFolder, at: datetime) -> bytes:
    """RELEASE_PLAN.md of a plan as of a moment, in UTF-8."""
    return dashboard(readiness.evaluate(folder, at), slug).encode()


def open_plan_store(location: str | None, *, create: bool = True, access: StoreAccess | None = None) -> PlanStore:
    """The git-backed store at a path or URL; None is this user's own. Raises StoreError, SettingsError.

    A local store that is not there is made; with `create` False that is a StoreError instead.
    """
    from bot.credentials import store_credential, store_ssh
    from bot.proposals import proposals
    from bot.store import locate, open_store

    place, access = locate(location), access or load_access()
    url = str(place)
    return open_store(
        place, render_dashboard, create=create, credential=store_credential(access, url), ssh=store_ssh(access),
        propose=proposals(access, url),
    )  # fmt: skip


def open_plan_history(location: str | None) -> PlanHistory:
    """What git tells of the plans in a store that has been opened. Raises StoreError."""
    from bot.store import open_history

    return open_history(location)


def indexes(settings: ForgeSettings) -> "list[Index]":
    """Where packages are looked up."""
    from bot.sources.packages import Index, Kind

    given = {Kind.PYPI: settings.convoy_pypi_index, Kind.NPM: settings.convoy_npm_index}
    return [Index(kind, base) for kind, base in given.items() if base is not None]


def organisation(settings: ForgeSettings) -> str | None:
    """The default organisation. Raises SettingsError where it cannot be one."""
    from bot.release.fields import is_organisation

    given = settings.convoy_organisation
    if given is not None and not is_organisation(given):
        raise SettingsError(
            "CONVOY_ORGANISATION: must be an organisation like github:acme or https://forge.example/acme"
        )
    return given


def allowed_hosts(settings: Settings) -> frozenset[str] | None:
    """Hosts that plans may have a server read from: those of the settings, else the forges and indexes that are known.

    None: any public one (`*`). Raises SettingsError.
    """
    from bot.credentials import forges

    given = frozenset(settings.convoy_allow_hosts)
    if given:
        return None if "*" in given else given
    known = [forge.host for forge in forges(settings)] + [index.host for index in indexes(settings)]
    return frozenset(host.partition(":")[0] for host in known) | {"raw.githubusercontent.com"}


def sources(settings: Settings, memory: SourceMemory | None = None) -> StatusSource:
    """Where a server reads status documents: what the settings allow, and nothing else. Raises SettingsError."""
    from bot.credentials import forges
    from bot.sources import Sources

    return Sources(
        settings.convoy_reports,
        allow_paths=settings.convoy_allow_paths,
        base=settings.convoy_reports,
        allow_http=settings.convoy_allow_http,
        allow_private=settings.convoy_allow_private,
        allowed_hosts=allowed_hosts(settings),
        forges=forges(settings),
        indexes=indexes(settings),
        organisation=organisation(settings),
        memory=memory,
    )


def command_line_sources(reports: Path | None, base: Path) -> StatusSource:
    """What the one who calls may read; relative paths are taken from `base`. Raises SettingsError."""
    from bot.credentials import forges
    from bot.settings import load_forges
    from bot.sources import Sources

    given = load_forges()
    return Sources(
        reports,
        allow_paths=True,
        base=base,
        forges=forges(given),
        indexes=indexes(given),
        organisation=organisation(given),
    )


def command_line_tracking(store: PlanStore, clock: Clock, reports: Path | None) -> Tracking:
    """A pass that reads what the one who calls may read, and tells nobody. Raises SettingsError."""
    source = command_line_sources(reports, reports or Path.cwd())
    return Tracking(Planning(store, clock), source, clock, alerting=None)


@dataclass(frozen=True)
class Convoy:
    """Everything wired, nothing started. `engine` sends; a process that only listens does not start it."""

    settings: Settings
    clock: Clock
    planning: Planning
    tracking: Tracking
    alerting: Alerting
    digests: Digests
    upkeep: Upkeep
    editing: Editing
    outlook: Outlook
    database: "Database"
    deliveries: "SqlDeliveries"
    client: "AsyncWebClient"
    engine: "DeliveryEngine"
    bolt: "AsyncApp"

    @property
    def seen(self) -> "Seen":
        """Whether a request or event is new, across all replicas."""
        return self.deliveries.seen

    def checks(self) -> Mapping[str, "Check"]:
        """What readiness rests on in every process: the database answers, and the store was read lately."""

        async def database() -> str | None:
            await self.deliveries.counts()
            return None

        async def store() -> str | None:
            if self.planning.confirmed <= NEVER:
                return "the plan store has not been reached since the start; plans are those seen last"
            age = (datetime.now(UTC) - self.planning.confirmed).total_seconds()
            limit = max(120, 4 * self.settings.convoy_refresh_every)
            return f"the plan store was last reached {age:.0f} s ago" if age > limit else None

        return {"database": database, "store": store}

    async def close(self) -> None:
        """Let go of what was opened."""
        await self.outlook.close()
        await self.database.close()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    store: PlanStore | None = None,
    source: StatusSource | None = None,
    rhythm: "Rhythm | None" = None,
) -> Convoy:
    """Wire a process. Call it inside the event loop. Raises SettingsError, StoreError."""
    from slack_bolt.async_app import AsyncApp

    from bot.delivery.database import Database
    from bot.delivery.engine import DeliveryEngine
    from bot.delivery.files import SlackFiles
    from bot.delivery.journal import SqlJournal
    from bot.delivery.ledger import SqlDeliveries
    from bot.delivery.notes import SqlSourceMemory
    from bot.delivery.slack import SlackSender, delivery_client
    from bot.listeners.people import People, slack_lookup
    from bot.listeners.register import register
    from bot.listeners.services import Services

    clock = clock or SystemClock()
    token = settings.slack_bot_token.get_secret_value() if settings.slack_bot_token else ""
    client = delivery_client(token, settings.slack_api_url)
    database = Database(settings.database_url)
    deliveries = SqlDeliveries(database, clock)
    planning = Planning(store or open_plan_store(settings.convoy_store, access=settings), clock)
    alerting = Alerting(planning, deliveries, clock)
    tracking = Tracking(planning, source or sources(settings, SqlSourceMemory(database, clock)), clock, alerting)
    digests = Digests(planning, deliveries, clock, settings.convoy_channel)
    upkeep = Upkeep(planning, deliveries, clock, settings.convoy_channel)
    editing = Editing(planning, SqlJournal(database, deliveries), clock)
    engine = DeliveryEngine(
        settings.database_url, deliveries, SlackSender(client, deliveries.channel_of), clock, rhythm
    )
    # Requests are verified and deduplicated by bot/web before Bolt sees them.
    bolt = AsyncApp(
        client=client, logger=_bolt_logger(), request_verification_enabled=False, process_before_response=False
    )
    people = People(slack_lookup(client), SystemClock())
    past = open_plan_history(settings.convoy_store)
    history, outlook = History(past, clock), Outlook(planning, past)
    services = Services(
        planning, tracking, alerting, people.who, history=history, outlook=outlook, files=SlackFiles(client),
        accepting=Accepting(planning, editing, clock),
    )  # fmt: skip
    register(bolt, services)
    return Convoy(
        settings, clock, planning, tracking, alerting, digests, upkeep, editing, outlook,
        database, deliveries, client, engine, bolt,
    )  # fmt: skip


def _bolt_logger() -> logging.Logger:
    """What Bolt's loggers take after: left alone they take the root's level, and tell whole requests at it."""
    logger = logging.getLogger("slack_bolt")
    logger.addFilter(_is_news)
    return logger


def _is_news(record: logging.LogRecord) -> bool:
    # Bolt reads SLACK_BOT_TOKEN by itself, and says at every start that our client comes before it.
    return "`token` will be unused" not in record.getMessage()


def hearing(convoy: Convoy) -> Hearing:
    """What to do about webhooks. Raises SettingsError."""
    home = organisation(convoy.settings)
    return Hearing(
        convoy.planning, convoy.settings.convoy_store, lambda: look_at_store(convoy), convoy.tracking.run, home
    )


async def look_at_store(convoy: Convoy) -> str | None:
    """Refresh the views, make the changes that waited, and tell of what is wrong in the store.

    A store that does not answer is a reason, not a failure: reads go on from the last head. What the past says is read
    beside that, when there is a new head.
    """
    try:
        await convoy.planning.refresh()
    except StoreUnavailableError as error:
        return str(error)
    await convoy.editing.replay()
    await convoy.planning.warm()
    await convoy.upkeep.tell()
    convoy.outlook.learn_soon()
    return None
