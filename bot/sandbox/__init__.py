"""A strict local Slack over the real protocol, for the demo and for every scenario test.

What belongs here: Slack's Web API, Socket Mode, signed HTTP requests, Block Kit's rules, what a person can do in a
Slack client, and a terminal that draws it. What does not: releases, plans, or any other part of Convoy. The bot under
test is an ordinary Bolt app that was given another base URL; it cannot tell this from Slack.

A test in both transports::

    sandbox = Sandbox(
        mode="socket",                       # or "http"; then also: sandbox.request_url = "http://127.0.0.1:…/slack/events"
        people=[Person("UANA", "ana", "Ana Diaz", email="ana@example.org"), Person("UBO", "bo", is_guest=True)],
        channels=[Channel("CREL", "release")],   # members=None: every full member; bot_is_member=True
        commands=["/release"], clock=ManualClock(datetime(2026, 3, 3, 9, tzinfo=UTC)),
    )
    async with sandbox:
        app = AsyncApp(client=AsyncWebClient(sandbox.bot_token, base_url=sandbox.url, retry_handlers=[]), …)
        await AsyncSocketModeHandler(app, sandbox.app_token).connect_async()  # http: serve with sandbox.signing_secret
        await sandbox.ready()                                              # a socket is connected / the URL is set

        seen = await sandbox.slash("ana", "release", "/release status")    # -> Outcome: .ok .error .messages .text
        await sandbox.click("bo", "Ack")                                   # label or action_id, newest visible message
        await sandbox.select("bo", "Snooze", "1 day")                      # menus, pickers, people and channel lists
        await sandbox.submit("bo", {"Reason": "it is only a demo"})        # -> Submitted: .closed .errors
        view = await sandbox.open_home("bo")                               # app_home_opened -> published view
        await sandbox.say("ana", "release", "hello")
        sandbox.messages("release", viewer="bo"); sandbox.replies("release", ts); sandbox.dms("bo")
        sandbox.modal("bo"); sandbox.home("bo"); sandbox.show(message_or_view)  # plain text as a terminal draws it
        await sandbox.wait_for("at risk", viewer="bo", within=5)               # the next or an earlier arrival
        await sandbox.settle()                                                 # the bot has stopped talking
        sandbox.faults.rate_limit("chat.postMessage", times=2, retry_after=1)  # also: fail, drop, slow, share, error
        await sandbox.disconnect("abrupt"); await sandbox.redeliver()          # trouble on the line
        sandbox.journal.calls("chat.postMessage"); sandbox.violations          # what was asked, tokens masked

People and channels are named by id or by name (`ana`, `@ana`, `release`, `#release`; `dm` is the own one with the bot).
Something a person could not do raises `CannotError`; what the bot does wrong is answered as Slack answers it.
Times come from the clock given (message ts, the three seconds of a trigger, the half hour of a response_url, rate
limits); only the three seconds for an ack are real ones, because a network is in between (`ack_deadline`).
"""

from bot.sandbox.clock import Clock, ManualClock, SystemClock
from bot.sandbox.model import Change, Channel, Message, Person, View
from bot.sandbox.outcome import CannotError, Outcome, Submitted
from bot.sandbox.render import CannotDrawError
from bot.sandbox.server import Sandbox
from bot.sandbox.shell import run_shell

SlashResult = Outcome

__all__ = [
    "CannotDrawError",
    "CannotError",
    "Change",
    "Channel",
    "Clock",
    "ManualClock",
    "Message",
    "Outcome",
    "Person",
    "Sandbox",
    "SlashResult",
    "Submitted",
    "SystemClock",
    "View",
    "run_shell",
]
