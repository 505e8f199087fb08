"""`manifest.yml` is what the code needs: no listener without its entry, nor the other way round, and no spare scope."""

import ast
import inspect
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.ids import ACCEPT, ACCEPT_FORM, ACK, WHY
from bot.listeners.commands import SLASH, usage_hint
from bot.listeners.register import EVENTS, register
from bot.web.app import SLACK_PATHS
from tests.listeners.example import Desk

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "manifest.yml").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = yaml.safe_load(TEXT)
SCOPES = frozenset(MANIFEST["oauth_config"]["scopes"]["bot"])

# What a bot token needs for each method that Convoy calls, in the places where it calls it (Slack's reference).
NEEDED: dict[str, set[str]] = {
    "apps.connections.open": set(),  # goes by the app-level token (connections:write), not by a bot scope
    "auth.test": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.update": set(),
}


def methods_called() -> set[str]:
    """Every Web API method that the bot's own code calls, by name as Slack writes it."""
    known = {
        name: found.group(1)
        for name, function in inspect.getmembers(AsyncWebClient, inspect.iscoroutinefunction)
        if (found := re.search(r'self\.api_call\(\s*"([\w.]+)"', inspect.getsource(function)))
    }
    called: set[str] = set()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if "sandbox" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "api_call":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}: which method is that?"
                called.add(str(node.args[0].value))
            elif node.func.attr in known:
                called.add(known[node.func.attr])
            elif node.func.attr == "files_upload_v2":  # the SDK's name for two methods and a POST between them
                called |= {"files.getUploadURLExternal", "files.completeUploadExternal"}
    return called


@dataclass
class Recorder:
    """Stands where Bolt's app does and notes what is registered."""

    commands: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def command(self, name: str) -> Any:
        self.commands.append(name)
        return lambda function: function

    def action(self, name: str) -> Any:
        self.actions.append(name)
        return lambda function: function

    def view(self, name: str) -> Any:
        self.views.append(name)
        return lambda function: function

    def event(self, name: str) -> Any:
        self.events.append(name)
        return lambda function: function

    def error(self, function: Any) -> Any:
        return function

    def __getattr__(self, name: str) -> Any:
        self.others.append(name)
        return lambda *_: lambda function: function


def registered() -> Recorder:
    recorder = Recorder()
    register(recorder, Desk().services)  # type: ignore[arg-type]
    return recorder


def test_events_and_commands_are_exactly_those_with_a_listener() -> None:
    found = registered()
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == found.events == list(EVENTS)
    assert [c["command"] for c in MANIFEST["features"]["slash_commands"]] == found.commands == [SLASH]
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is bool(found.actions)
    assert found.views == [ACCEPT_FORM]
    assert found.others == []


def test_bolt_holds_exactly_these_listeners() -> None:
    app = AsyncApp(client=AsyncWebClient("xoxb-1"), signing_secret="x")
    register(app, Desk().services)
    found = registered()
    assert len(app._async_listeners) == len(found.commands + found.actions + found.events + found.views)


async def test_every_button_that_is_sent_has_a_listener() -> None:
    message = (await Desk().tell()).message
    sent = {e["action_id"] for b in message.blocks if b["type"] == "actions" for e in b["elements"]}
    assert sent == {ACCEPT, ACK, WHY} == set(registered().actions)


def test_the_home_tab_is_there_because_it_is_drawn() -> None:
    home = MANIFEST["features"]["app_home"]
    assert home["home_tab_enabled"] is ("app_home_opened" in EVENTS)
    assert home["messages_tab_enabled"] is True  # direct messages arrive there


def test_the_usage_hint_comes_from_the_table_of_commands() -> None:
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["usage_hint"] == usage_hint()


def test_scopes_are_exactly_those_of_the_methods_in_use() -> None:
    called = methods_called()
    assert called == set(NEEDED), "a method was added or dropped: look up its scopes and argue them in manifest.yml"
    assert set().union({"commands"}, *NEEDED.values()) == SCOPES


def test_every_scope_and_event_is_argued() -> None:
    lines = TEXT.splitlines()
    for item in [*SCOPES, *EVENTS]:
        at = next(n for n, line in enumerate(lines) if line.strip() == f"- {item}")
        above = next(line for line in reversed(lines[:at]) if not line.strip().startswith("- "))
        assert above.strip().startswith("# "), item


def test_it_is_for_socket_mode_and_becomes_http_as_it_says() -> None:
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in TEXT.replace("#HTTP request_url", "")
    http = yaml.safe_load(TEXT.replace("#HTTP ", "").replace("socket_mode_enabled: true", "socket_mode_enabled: false"))
    urls = [
        http["settings"]["event_subscriptions"]["request_url"],
        http["features"]["slash_commands"][0]["url"],
        http["settings"]["interactivity"]["request_url"],
    ]
    assert urls == [f"https://convoy.example.org{path}" for path in SLACK_PATHS]


def test_what_slack_limits() -> None:
    display = MANIFEST["display_information"]
    assert len(display["name"]) <= 35
    assert len(display["description"]) <= 140
    assert 174 <= len(display["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", display["background_color"])
    (command,) = MANIFEST["features"]["slash_commands"]
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
