"""The shell, run from a script: what it prints, and how it ends."""

import asyncio
import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, run_shell
from tests.sandbox.bolt_app import (
    actions,
    bare_app,
    button,
    connected,
    entry,
    home,
    make_sandbox,
    menu,
    modal,
    option,
    section,
)


async def script(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def play(sandbox: Sandbox, *lines: str, start_as: str = "ana", start_in: str = "release") -> tuple[int, str]:
    out = io.StringIO()
    code = await run_shell(
        sandbox, start_as=start_as, start_in=start_in, lines=script(*lines), out=out, name="demo.txt"
    )
    return code, out.getvalue()


@pytest.fixture(params=["socket", "http"])
async def live(request):
    """A small app behind the shell, on both transports."""
    async with make_sandbox(mode=request.param) as sandbox:
        app = bare_app(sandbox)

        @app.command("/echo")
        async def echo(ack, command, client):
            snooze = menu(option("1 day"), option("1 week"), action_id="snooze")
            await client.chat_postMessage(
                channel="U0BO",
                text="ack this",
                blocks=[section("ack this"), actions(button("Ack", action_id="a"), snooze)],
            )
            await ack(f"you said {command['text']}")  # after the message, so that the order is certain

        @app.action("a")
        async def acked(ack, body, client):
            await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="acked, thank you")
            await ack()

        @app.action("snooze")
        async def snoozed(ack, action, respond):
            await ack()
            await respond(f"quiet for {action['selected_option']['value']}")

        @app.command("/modal")
        async def opens(ack, body, client):
            view = modal(
                entry("Reason", {"type": "plain_text_input", "action_id": "r"}, block_id="why"), callback_id="m"
            )
            await client.views_open(trigger_id=body["trigger_id"], view=view)
            await ack()

        @app.view("m")
        async def submitted(ack, view, client):
            await ack()
            reason = view["state"]["values"]["why"]["r"]["value"]
            await client.chat_postMessage(channel="C0REL", text=f"accepted: {reason}")

        @app.event("app_home_opened")
        async def home_tab(event, client):
            await client.views_publish(user_id=event["user"], view=home(section("your home")))

        async with connected(sandbox, app):
            yield sandbox


async def test_a_whole_conversation(live):
    code, out = await play(
        live,
        "# a tour",
        "",
        "/echo hello",
        "wait for ack this",
        "as bo",
        "click ack",
        "wait for acked, thank you within 5",
        "quit",
        "never reached",
    )
    assert code == 0
    assert out.splitlines() == [
        "# a tour",
        "@ana #release> /echo hello",
        "DM to @bo",
        "  ack this",
        "  [Ack] [… ▾]",
        "#release · @bot · only @ana sees this",
        "  you said hello",
        "@ana #release> wait for ack this",
        "@ana #release> as bo",
        "@bo #release> click ack",
        "DM to @bo · changed",
        "  acked, thank you",
        "@bo #release> wait for acked, thank you within 5",
        "@bo #release> quit",
    ]


async def test_a_menu_a_modal_and_the_home_tab(live):
    code, out = await play(
        live,
        "/echo hello",
        "as bo",
        'select snooze "1 week"',
        "wait for quiet for 1 week",
        "/modal",
        'modal Reason="only a demo"',
        "submit",
        "wait for accepted: only a demo",
        "home",
        "wait for your home",
        "dms",
        "read",
        "who",
        "help",
    )
    assert code == 0, out
    assert "│ Reason: only a demo\n" in out
    assert "a modal closes for @bo" in out
    assert "Home of @bo\n  your home\n" in out
    assert "@gus   (guest)" in out
    assert "wait SECONDS | wait for TEXT [within SECONDS]" in out
    assert "\x1b[" not in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("clik Ack", "'clik' is nothing that the shell knows (did you mean 'click'?); help lists it all"),
        ("click Akc", "no button 'Akc' is on the screen"),
        ("as bob", "nobody here is called 'bob' (did you mean 'bo'?)"),
        ("in relese", "there is no channel 'relese' (did you mean 'release'?)"),
        ("/nope", "the app did not take it: unknown_command"),
        ("wait for Godot within 0.1", "nothing with 'Godot' arrived within 0.1 s"),
        ("wait a moment", "'a moment' is no time"),
        ("say", "this needs more: say TEXT"),
        ("select x", "this needs more: select LABEL VALUE"),
        ("modal Reason", "'Reason' is no FIELD=VALUE"),
        ('submit "x', "'\"x': No closing quotation; close the quotation mark"),
        ("submit", "@ana has no modal open"),
    ],
)
async def test_the_first_thing_that_goes_wrong_ends_a_script(slack, line, words):
    code, out = await play(slack, "# fine", line, "say never")
    assert code == 1
    assert f"demo.txt:2: {words}" in out
    assert "never" not in out


async def test_what_the_client_refuses_in_a_modal(live):
    code, out = await play(live, "/modal", "submit")
    assert code == 1
    assert "demo.txt:2: not submitted: why: Please complete this required field." in out


async def test_cancel_closes_a_modal(live):
    code, _ = await play(live, "/modal", "cancel", "modal")
    assert code == 0
    assert live.modal("ana") is None


async def test_talk_threads_and_rooms(slack, client):
    parent = (await client.chat_postMessage(channel="C0REL", text="digest"))["ts"]
    await client.chat_postMessage(channel="C0REL", text="detail", thread_ts=parent)
    code, out = await play(slack, "read", "thread", "say hello <all>", "as gus", "in dm", "read", "dms")
    assert code == 0
    assert "@bot · 1 in the thread\n  digest\n" in out
    assert "@bot\n  detail\n" in out
    assert "#release · @ana\n  hello <all>\n" in out
    assert "you are in the direct message with the bot now" in out
    assert "(nothing here yet)" in out


async def test_wait_for_looks_only_at_what_came_after_the_last_action(slack, client):
    await play(slack, "say old news")
    code, out = await play(slack, "say something", "wait for old news within 0.1")
    assert code == 1, out


async def test_what_arrives_late_is_waited_for(slack, client):
    async def later() -> None:
        await asyncio.sleep(0.15)
        await client.chat_postMessage(channel="C0REL", text="Here   at\nlast")

    task = asyncio.create_task(later())
    code, _ = await play(slack, "wait for here at last within 5")
    await task
    assert code == 0


INTERACTIVE = """
import asyncio, sys
from bot.sandbox import run_shell
from bot.sandbox import Channel, Person, Sandbox

async def main():
    async with Sandbox(people=[Person("U0ANA", "ana")], channels=[Channel("C0REL", "release")]) as sandbox:
        return await run_shell(sandbox, start_as="ana", start_in="release", lines=None, out=sys.stdout)

sys.exit(asyncio.run(main()))
"""


def test_at_a_terminal_there_is_a_prompt_and_an_error_does_not_end_it():
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path.cwd())}
    process = subprocess.Popen(
        [sys.executable, "-c", INTERACTIVE], stdin=follower, stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    os.write(leader, b"clik\nsay hello\nquit\n")
    assert process.wait(timeout=20) == 0
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(leader)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert "did you mean 'click'?" in text
    assert "@ana #release> " in text
    assert "hello" in text.split("did you mean")[1]
    assert b"\x1b[" in shown


def test_piped_input_is_a_script():
    done = subprocess.run(
        [sys.executable, "-c", INTERACTIVE], input="say hi\nnonsense\n", capture_output=True, text=True, timeout=20,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert done.returncode == 1
    assert "script:2: 'nonsense' is nothing that the shell knows" in done.stdout
    assert done.stderr == ""
