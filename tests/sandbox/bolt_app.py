"""A small real Bolt app, and how it is put on either transport: the proof that the sandbox passes for Slack."""

import asyncio
import logging
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox import Channel, Person, Sandbox

PEOPLE = (
    Person("U0ANA", "ana", "Ana Diaz", email="ana@example.org", tz="Europe/Berlin"),
    Person("U0BO", "bo", "Bo Lind", email="bo@example.org"),
    Person("U0GUS", "gus", is_guest=True),
    Person("U0DEA", "dea", is_deactivated=True, email="dea@example.org"),
    Person("U0EXT", "eve", team="T0OTHER"),
)
CHANNELS = (
    Channel("C0REL", "release", topic="ship it"),
    Channel("C0OUT", "outside", bot_is_member=False),
    Channel("C0OLD", "attic", is_archived=True),
    Channel("C0SEC", "secret", members=["ana"], is_private=True),
    Channel("C0HID", "hidden", members=["bo"], is_private=True, bot_is_member=False),
)


def make_sandbox(**options) -> Sandbox:
    """The workspace of these tests."""
    options.setdefault("commands", ("/echo", "/slow", "/crash", "/modal", "/bad", "/later"))
    return Sandbox(people=PEOPLE, channels=CHANNELS, **options)


def client_of(sandbox: Sandbox, token: str | None = None) -> AsyncWebClient:
    """The app's Web API client, without the SDK's own retries."""
    return AsyncWebClient(sandbox.bot_token if token is None else token, base_url=sandbox.url, retry_handlers=[])


def quiet() -> logging.Logger:
    """A logger that keeps Bolt's complaints about planted faults out of the test output."""
    logger = logging.getLogger("bolt-under-test")
    logger.setLevel(logging.CRITICAL)
    return logger


def bare_app(sandbox: Sandbox) -> AsyncApp:
    """A Bolt app without listeners."""
    return AsyncApp(client=client_of(sandbox), signing_secret=sandbox.signing_secret, logger=quiet())


@asynccontextmanager
async def connected(sandbox: Sandbox, app: AsyncApp):
    """The app on the transport of the sandbox, ready."""
    if sandbox.mode == "socket":
        handler = AsyncSocketModeHandler(app, sandbox.app_token, logger=quiet(), ping_interval=1)
        await handler.connect_async()
        await sandbox.ready()
        try:
            yield handler
        finally:
            await handler.close_async()
            await asyncio.gather(handler.client.message_processor, return_exceptions=True)
        return

    async def endpoint(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", endpoint)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sandbox.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield None
    finally:
        await runner.cleanup()


async def refused(call) -> str:
    """The error code with which Slack refuses a call; fails when it does not."""
    try:
        await call
    except SlackApiError as problem:
        return problem.response["error"]
    raise AssertionError("the call was not refused")


async def pointers(call) -> list[str]:
    """The messages that come with a refusal."""
    try:
        await call
    except SlackApiError as problem:
        return problem.response["response_metadata"]["messages"]
    raise AssertionError("the call was not refused")


def plain(text: str) -> dict:
    """A `plain_text` object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict:
    """A `mrkdwn` object."""
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more) -> dict:
    """A section block."""
    return {"type": "section", "text": mrkdwn(text), **more}


def button(label: str, **more) -> dict:
    """A button."""
    return {"type": "button", "text": plain(label), **more}


def actions(*elements: dict, **more) -> dict:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def option(label: str, value: str | None = None) -> dict:
    """An option of a menu."""
    return {"text": plain(label), "value": value or label}


def menu(*options: dict, kind: str = "static_select", **more) -> dict:
    """A menu element."""
    return {"type": kind, "options": list(options), **more}


def entry(label: str, element: dict, **more) -> dict:
    """An input block."""
    return {"type": "input", "label": plain(label), "element": element, **more}


def modal(*blocks: dict, **more) -> dict:
    """A modal view with a submit button."""
    return {"type": "modal", "title": plain("A modal"), "submit": plain("Save"), "blocks": list(blocks), **more}


def home(*blocks: dict, **more) -> dict:
    """A Home view."""
    return {"type": "home", "blocks": list(blocks), **more}


async def post_blocks(slack: Sandbox, *blocks: dict, channel: str = "C0REL", **more) -> str:
    """Let the bot post blocks; the ts."""
    return (await client_of(slack).chat_postMessage(channel=channel, text="t", blocks=list(blocks), **more))["ts"]
