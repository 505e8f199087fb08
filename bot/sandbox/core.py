"""What every Web API method gets: the workspace and the things beside it, and how a method is declared."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.arguments import Arguments
from bot.sandbox.model import Person
from bot.sandbox.rates import ChannelRate
from bot.sandbox.refusal import Json, Refused
from bot.sandbox.tickets import Tickets
from bot.sandbox.workspace import Workspace


@dataclass
class StoredFile:
    """One upload: announced with a name and a length, then filled, then shared."""

    id: str
    name: str
    length: int
    alt_text: str = ""
    title: str = ""
    content: bytes | None = None


@dataclass
class Core:
    """The sandbox's inside. `base_url` has no path and no final slash; `sockets` mints the address of a new socket.

    `crashes` are faults of the sandbox itself: an app would take them for Slack's, so they are raised when it stops.
    """

    workspace: Workspace
    tickets: Tickets
    rates: ChannelRate
    scopes: frozenset[str]
    sockets: Callable[[], str]
    base_url: str = ""
    files: dict[str, StoredFile] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    in_flight: int = 0
    crashes: list[Exception] = field(default_factory=list)

    def need_scope(self, scope: str) -> None:
        """Raises Refused missing_scope when the app was not given it."""
        if scope not in self.scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))

    def file_ids(self) -> frozenset[str]:
        """The files that are complete and can stand in a block."""
        return frozenset(name for name, file in self.files.items() if file.content is not None)

    def known_user(self, user: str) -> Person:
        """A person by id. Raises Refused user_not_found."""
        person = self.workspace.people.get(user)
        if person is None:
            raise Refused("user_not_found")
        return person

    def violation(self, what: str) -> None:
        """Keep something that the app did wrong and that Slack would swallow without a word."""
        self.violations.append(what)


@dataclass(frozen=True)
class Method:
    """One Web API method. It needs every scope in `scopes`; `form_only` ones do not read a JSON body.

    `app_level`: it takes the `xapp-` token, and only that.
    """

    call: Callable[[Core, Arguments], dict[str, Json]]
    scopes: tuple[str, ...] = ()
    app_level: bool = False
    form_only: bool = False
