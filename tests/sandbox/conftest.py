"""A running sandbox and the app's client, for tests that need no listeners."""

import re
from datetime import UTC, datetime

import pytest

from bot.sandbox import ManualClock
from tests.sandbox.bolt_app import bare_app, client_of, connected, make_sandbox, option


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 3, 9, 0, tzinfo=UTC))


@pytest.fixture
async def slack(clock):
    """A sandbox on a clock that stands still."""
    async with make_sandbox(clock=clock) as running:
        yield running


@pytest.fixture
def client(slack):
    """The app's client of `slack`."""
    return client_of(slack)


MATCH_ALL = re.compile(".*")


@pytest.fixture
async def bodies():
    """Everything that the app of these tests was told."""
    return []


@pytest.fixture
async def live(bodies):
    """A sandbox with an app that acknowledges everything and keeps the bodies."""
    async with make_sandbox(events=("app_home_opened", "message.channels", "message.im", "app_mention")) as slack:
        app = bare_app(slack)

        async def keep(ack, body):
            bodies.append(body)
            await ack()

        for listen in (app.command, app.action, app.view, app.event, app.view_closed):
            listen(MATCH_ALL)(keep)

        @app.options(MATCH_ALL)
        async def offer(ack, body):
            bodies.append(body)
            await ack(options=[option(f"{body['value']}-one", "1"), option(f"{body['value']}-two", "2")])

        async with connected(slack, app):
            yield slack
