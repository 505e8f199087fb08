"""What to do when a repository is said to have moved: look at the store, or pass over the plans that watch it.

Many hooks at once (a push of twenty tags) come to one pass that runs and one that follows it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.release.passes import watched
from bot.release.plan import Plan
from bot.services.planning import Planning
from bot.services.ports import StoreError

log = structlog.get_logger(__name__)

IsAt = Callable[[str], bool]
"""Whether an address is one of the repository that moved."""


class Hearing:
    """`store` is the address of the plan store; `look` looks at it; `run` passes over one plan.

    `organisation`: where repositories are that no plan says where to find (`github:acme`).
    """

    def __init__(
        self,
        planning: Planning,
        store: str | None,
        look: Callable[[], Awaitable[object]],
        run: Callable[[str], Awaitable[object]],
        organisation: str | None = None,
    ) -> None:
        self._planning = planning
        self._store = store
        self._look = look
        self._run = run
        self._organisation = organisation
        self._wanted: set[str] = set()
        self._running: set[str] = set()

    async def moved(self, is_at: IsAt) -> None:
        """Look where something moved; returns when it was looked at. What nobody watches is not looked at."""
        if self._store is not None and is_at(self._store):
            await self._look()
        home = self._organisation
        slugs = [slug for slug in await self._planning.slugs() if watches(await self._plan(slug), is_at, home)]
        await asyncio.gather(*(self._pass(slug) for slug in slugs))

    async def _plan(self, slug: str) -> Plan:
        return (await self._planning.state(slug)).folder.document.plan

    async def _pass(self, slug: str) -> None:
        """One pass that begins after now; whoever asks while one runs shares the next one."""
        self._wanted.add(slug)
        if slug in self._running:
            return
        self._running.add(slug)
        try:
            while slug in self._wanted:
                self._wanted.discard(slug)
                try:
                    await self._run(slug)
                except StoreError as error:
                    log.warning("a pass that a hook asked for did not get through", plan=slug, reason=str(error))
        finally:
            self._running.discard(slug)


def watches(plan: Plan, is_at: IsAt, organisation: str | None = None) -> bool:
    """Whether a pass over the plan would ask that repository: one of its sources lies there."""
    if plan.status.at_rest:
        return False
    home = plan.organisation or organisation
    sources = (r.source or (f"{home}/{name}" if home else None) for name, r in watched(plan).items())
    return any(source is not None and is_at(source) for source in sources)
