"""All that a person can do, in one class: talk, click, fill in modals, open the Home tab.

Every method waits for the app's ack, and raises CannotError for what no Slack client would let a person do. People and
channels are named by id or by name.
"""

from bot.sandbox import payloads
from bot.sandbox.core import Core
from bot.sandbox.modals import Modals
from bot.sandbox.model import View
from bot.sandbox.talking import Setup, Talking
from bot.sandbox.transport import Transport


class People(Talking, Modals):
    """The hands of everybody in the workspace."""

    def __init__(self, core: Core, transport: Transport, setup: Setup) -> None:
        super().__init__(core, transport)
        self._setup = setup

    async def open_home(self, user: str, *, tab: str = "home", within: float = 2.0) -> View | None:
        """Open the app's Home tab (`tab` may be `messages`): the app hears `app_home_opened`.

        Waits up to `within` real seconds for the app to publish a view. The view then shown, None when there is none.
        """
        person = self._active(user)
        before = self.workspace.home(person.id)
        if "app_home_opened" in self._setup.events:
            await self._tell("events_api", payloads.home_opened(self._core, person, tab), answers=False)
            if tab == "home":
                await self._until(lambda: self.workspace.home(person.id) is not before, within)
        return self.workspace.home(person.id)
