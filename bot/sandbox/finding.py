"""Finding what a person means by a label: on their modal, in the newest message that they see, on their Home tab."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.sandbox.entering import elements, options_of
from bot.sandbox.model import Block, Message, View
from bot.sandbox.outcome import CannotError, same_label, suggest
from bot.sandbox.refusal import Json
from bot.sandbox.workspace import Workspace


@dataclass(frozen=True)
class Target:
    """One element on a person's screen. `option` is set when the label was that of an overflow menu's entry."""

    where: Message | View
    block: Block
    element: Mapping[str, Json]
    option: Mapping[str, Json] | None = None

    @property
    def block_id(self) -> str:
        """The id of its block."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """The id of the element."""
        return str(self.element["action_id"])


def labels(block: Block, element: Mapping[str, Json]) -> list[str]:
    """What a person can call an element by."""
    names = [element["text"]["text"]] if element["type"] == "button" else []
    names += [element["placeholder"]["text"]] if element.get("placeholder") else []
    names += [block["label"]["text"]] if block.get("label") else []
    return names


def surfaces(workspace: Workspace, user: str, channel: str | None, ts: str | None) -> Iterator[Message | View]:
    """What is on a person's screen: the open modal alone (it covers all else), or messages newest first, then Home."""
    stack = workspace.modals(user)
    if stack and channel is None and ts is None:
        yield stack[-1]
        return
    rooms = [channel] if channel else list(workspace.rooms)
    messages = [one for room in rooms for one in workspace.messages(room) if workspace.visible(one, user)]
    yield from sorted((one for one in messages if ts in {None, one.ts}), key=lambda one: float(one.ts), reverse=True)
    home = workspace.home(user)
    if home is not None and channel is None and ts is None:
        yield home


def find(
    screen: Iterator[Message | View], label: str, suits: Callable[[Mapping[str, Json]], bool], nth: int, what: str
) -> Target:
    """The `nth` (from 0) element of that label on the first surface that has one.

    Raises CannotError with what there is.
    """
    known: list[str] = []
    for surface in screen:
        hits = []
        for block, element in elements(surface.blocks):
            names = labels(block, element)
            if suits(element):
                if (
                    label == element["action_id"]
                    or label == block["block_id"]
                    or any(same_label(label, one) for one in names)
                ):
                    hits.append(Target(surface, block, element))
                known += names or [element["action_id"]]
            if element["type"] == "overflow":
                entries = options_of(element)
                hits += [
                    Target(surface, block, element, one) for one in entries if same_label(label, one["text"]["text"])
                ]
                known += [one["text"]["text"] for one in entries]
        if len(hits) > nth:
            return hits[nth]
    offered = ", ".join(dict.fromkeys(known)) or "none"
    raise CannotError(f"no {what} {label!r} is on the screen{suggest(label, known)}; there is: {offered}")
