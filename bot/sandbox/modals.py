"""What a person does with a modal: fill it in, submit it, close it; and what the app's answer does to it."""

from collections.abc import Mapping

from bot.sandbox import payloads
from bot.sandbox.clicking import Clicking
from bot.sandbox.entering import Wanted, client_errors
from bot.sandbox.finding import Target, find
from bot.sandbox.limits import check_view
from bot.sandbox.methods_views import STACK, kept_state, prepared
from bot.sandbox.model import Person, View
from bot.sandbox.outcome import CannotError, Submitted
from bot.sandbox.refusal import Json, Refused

BAD_ANSWER = "invalid_response"


class Modals(Clicking):
    """`fill`, `submit` and `close_modal`."""

    def _open_modal(self, person: Person) -> View:
        top = self._top(person.id)
        if top is None:
            raise CannotError(f"@{person.name} has no modal open")
        return top

    async def fill(self, user: str, entries: Mapping[str, Wanted]) -> View:
        """Enter values into the open modal, by field label, placeholder, block_id or action_id. The view afterwards.

        Values are those of `select`, or text. Fields that dispatch actions tell the app at once.
        """
        person = self._active(user)
        for label, wanted in entries.items():
            top = self._open_modal(person)
            target = find(iter([top]), label, lambda element: element["type"] != "button", 0, "field")
            changed = self._enter(person, target, await self._value(person, target, wanted))
            if target.block["type"] != "input" or target.block.get("dispatch_action"):
                entered = Target(changed, target.block, target.element)
                await self._act(person, entered, await self._value(person, target, wanted))
        return self._open_modal(person)

    async def submit(self, user: str, entries: Mapping[str, Wanted] | None = None) -> Submitted:
        """Fill in (see `fill`) and press the modal's submit button.

        What the client refuses by itself (a required field left empty) is in `errors`, and the app hears nothing of it.
        """
        person = self._active(user)
        if entries:
            await self.fill(user, entries)
        view = self._open_modal(person)
        since = len(self.workspace.changes)
        if not view.body.get("submit"):
            raise CannotError(f"the modal {view.title!r} has no submit button")
        errors = client_errors(view.blocks, view.state)
        if errors:
            return self._submitted(person, since, "", errors, view)
        ack = await self._tell("interactive", payloads.view_submission(self._core, person, view), answers=True)
        error = ack.error
        if not error:
            try:
                errors = self._apply(person, view, ack.body)
            except Refused as refusal:
                self._core.violation(f"the ack of a submission: {refusal.error} {'; '.join(refusal.messages)}".strip())
                error = BAD_ANSWER
        return self._submitted(person, since, error, errors, view)

    def _submitted(self, person: Person, since: int, error: str, errors: Mapping[str, str], view: View) -> Submitted:
        plain = self._outcome(person.id, since, error)
        gone = all(one.id != view.id for one in self.workspace.modals(person.id))
        return Submitted(plain.user, plain.error, plain.seen, plain.draw, plain.top, gone, dict(errors))

    def _apply(self, person: Person, view: View, body: Json) -> dict[str, str]:
        answer = body or {}
        if not isinstance(answer, Mapping):
            raise Refused(BAD_ANSWER, ["the answer to a submission must be empty or an object"])
        action = answer.get("response_action")
        if action is None:
            if answer:
                raise Refused(BAD_ANSWER, [f"fields without response_action: {', '.join(answer)}"])
            self.workspace.close_modal(person.id)
        elif action == "clear":
            self.workspace.close_modal(person.id, whole_stack=True)
        elif action == "errors":
            return self._field_errors(view, answer.get("errors"))
        elif action in {"update", "push"}:
            self._show(person, view, action, answer.get("view"))
        else:
            raise Refused(BAD_ANSWER, [f"unknown response_action: {action}"])
        return {}

    def _field_errors(self, view: View, errors: Json) -> dict[str, str]:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, Mapping) or not errors:
            raise Refused(BAD_ANSWER, ["response_action errors needs errors"])
        strangers = [name for name in errors if name not in inputs]
        if strangers:
            raise Refused(BAD_ANSWER, [f"no input block has the block_id {name}" for name in strangers])
        if not all(isinstance(words, str) and words for words in errors.values()):
            raise Refused(BAD_ANSWER, ["each error must be a text"])
        return dict(errors)

    def _show(self, person: Person, view: View, action: str, body: Json) -> None:
        checked = prepared(self._core, check_view(body, "modal", files=self._core.file_ids()))
        if action == "update":
            self.workspace.change_view(view, checked, kept_state(view, checked))
            return
        if len(self.workspace.modals(person.id)) >= STACK:
            raise Refused("push_limit_reached")
        self.workspace.show_modal(self.workspace.new_view(person.id, checked, below=view))

    async def close_modal(self, user: str, *, whole_stack: bool = False) -> None:
        """Press Cancel on the topmost modal (`whole_stack`: the ✕, which ends all). Views that asked are told."""
        person = self._active(user)
        top = self._open_modal(person)
        clears = whole_stack or bool(top.body.get("clear_on_close"))
        leaving = self.workspace.modals(person.id)[::-1] if clears else (top,)
        self.workspace.close_modal(person.id, whole_stack=clears)
        for view in leaving:
            if view.body.get("notify_on_close"):
                payload = payloads.view_closed(self._core, person, view, is_cleared=clears)
                await self._tell("interactive", payload, answers=False)
