"""What a person does with what is on their screen: buttons, menus, pickers."""

from collections.abc import Iterator, Mapping, Sequence

from bot.sandbox import payloads
from bot.sandbox.core import Core
from bot.sandbox.entering import Wanted, choose, full_state, options_of, typed_value, value_key, with_value
from bot.sandbox.finding import Target, find, surfaces
from bot.sandbox.model import Message, Person, View
from bot.sandbox.outcome import CannotError, Outcome
from bot.sandbox.presence import Presence
from bot.sandbox.refusal import Json
from bot.sandbox.transport import Transport


class Clicking(Presence):
    """`click` and `select`."""

    def __init__(self, core: Core, transport: Transport) -> None:
        super().__init__(core, transport)
        self._entered: dict[tuple[str, str, str], dict[str, dict[str, Json]]] = {}

    async def click(
        self,
        user: str,
        label: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        nth: int = 0,
        on_home: bool = False,
    ) -> Outcome:
        """Press a button (or choose an entry of a ⋯ menu) by its label or action_id.

        It is looked for on the open modal, else in the newest message that has it (only in `channel`, only in the
        message `ts` when given), else on the Home tab (only there with `on_home`). `nth` counts from 0 when one message
        has it several times.
        """
        person = self._active(user)
        screen = self._screen(person, channel, ts, on_home=on_home)
        target = find(screen, label, lambda element: element["type"] == "button", nth, "button")
        return await self._act(person, target, {"selected_option": target.option} if target.option else {})

    def _screen(
        self, person: Person, channel: str | None, ts: str | None, *, on_home: bool
    ) -> Iterator[Message | View]:
        if on_home:
            home = self.workspace.home(person.id)
            return iter([home] if home else [])
        return surfaces(self.workspace, person.id, self.room(channel, person.id).id if channel else None, ts)

    async def select(
        self,
        user: str,
        label: str,
        option: Wanted,
        *,
        channel: str | None = None,
        ts: str | None = None,
        nth: int = 0,
        on_home: bool = False,
    ) -> Outcome:
        """Choose in a menu, picker or list by its placeholder, field label or action_id.

        `option` is an option's text or value, a date YYYY-MM-DD, a person or a channel; a list of them where many can
        be chosen. An external menu is asked for what was typed first.
        """
        person = self._active(user)
        screen = self._screen(person, channel, ts, on_home=on_home)
        target = find(screen, label, lambda element: element["type"] != "button", nth, "menu")
        if target.element["type"] == "overflow":
            words = option if isinstance(option, str) else option[0]
            return await self._act(person, target, {"selected_option": choose(options_of(target.element), words)})
        value = await self._value(person, target, option)
        where = self._enter(person, target, value)
        if target.block["type"] == "input" and not target.block.get("dispatch_action"):
            return self._outcome(person.id, len(self.workspace.changes), "")
        moved = Target(where, target.block, target.element)
        return await self._act(person, moved, value)

    async def suggestions(self, user: str, label: str, typed: str) -> list[str]:
        """What an external menu offers after that was typed."""
        person = self._active(user)
        screen = self._screen(person, None, None, on_home=False)
        target = find(screen, label, lambda element: "external" in element["type"], 0, "external menu")
        return [option["text"]["text"] for option in await self._offered(person, target, typed)]

    async def _offered(self, person: Person, target: Target, typed: str) -> Sequence[Mapping[str, Json]]:
        if "external" not in target.element["type"]:
            return options_of(target.element)
        payload = payloads.suggestion(self._core, person, target.where, target.block_id, target.action_id, typed)
        ack = await self._tell("interactive", payload, answers=True)
        if ack.error or not isinstance(ack.body, Mapping):
            raise CannotError(f"the menu {target.action_id} offers nothing: {ack.error or 'no options in the answer'}")
        found = options_of(ack.body)
        if len(found) > 100:
            self._core.violation(f"{len(found)} options for {target.action_id}; Slack takes 100")
            raise CannotError(f"the menu {target.action_id} offers nothing: more than 100 options")
        return found

    async def _value(self, person: Person, target: Target, wanted: Wanted) -> dict[str, Json]:
        element, key = target.element, value_key(target.element)
        if key is None:
            raise CannotError(f"{target.action_id} is a {element['type']}: nothing can be entered there")
        several = [wanted] if isinstance(wanted, str) else list(wanted)
        if key == "selected_option":
            words = several[0]
            return {"type": element["type"], key: choose(await self._offered(person, target, words), words)}
        if key == "selected_options":
            chosen = [choose(await self._offered(person, target, words), words) for words in several]
            return {"type": element["type"], key: chosen}
        if "user" in key or "channel" in key or "conversation" in key:
            ids = [self._id_for(key, words, person) for words in several]
            return {"type": element["type"], key: ids if key.endswith("s") else ids[0]}
        return typed_value(element, key, wanted)

    def _id_for(self, key: str, words: str, person: Person) -> str:
        if "user" in key or ("conversation" in key and words.startswith("@")):
            chosen = self.person(words).id
            return chosen if "user" in key else self.workspace.direct(chosen).id
        return self.room(words, person.id).id

    def _enter(self, person: Person, target: Target, value: Mapping[str, Json]) -> Message | View:
        if isinstance(target.where, View):
            state = with_value(target.where.state, target.block_id, target.action_id, value)
            return self.workspace.enter(target.where, state)
        place = (person.id, target.where.channel, target.where.ts)
        self._entered[place] = with_value(self._entered.get(place, {}), target.block_id, target.action_id, value)
        return target.where

    async def _act(self, person: Person, target: Target, value: Mapping[str, Json]) -> Outcome:
        since = len(self.workspace.changes)
        action = payloads.action_of(target.element, target.block_id, value)
        if isinstance(target.where, View):
            payload = payloads.view_action(self._core, person, target.where, action)
        else:
            entered = self._entered.get((person.id, target.where.channel, target.where.ts), {})
            state = full_state(target.where.blocks, entered)
            payload = payloads.message_action(self._core, person, target.where, action, state)
        ack = await self._tell("interactive", payload, answers=False)
        return self._outcome(person.id, since, ack.error)
