"""Buttons, menus and pickers: found as people find them, sent as Slack sends them."""

import pytest

from bot.sandbox import CannotError
from tests.sandbox.bolt_app import (
    actions,
    button,
    client_of,
    home,
    menu,
    option,
    post_blocks,
    section,
)


async def test_the_newest_message_that_has_it(live, bodies):
    await post_blocks(live, actions(button("Ack", value="old")))
    await post_blocks(live, actions(button("Ack", value="new")))
    await post_blocks(live, section("nothing to press"))
    await live.click("bo", "ack")
    await live.click("bo", "Ack", ts=live.messages("release")[0].ts)
    assert [body["actions"][0]["value"] for body in bodies] == ["new", "old"]
    assert bodies[0]["message"]["ts"] == live.messages("release")[1].ts


async def test_a_label_is_found_as_people_say_it(live, bodies):
    await post_blocks(live, actions(button(":white_check_mark: Accept risk…", action_id="accept"), button("Why?")))
    for label in ("accept risk", "Accept risk…", "accept", "why", "WHY?"):
        assert (await live.click("bo", label)).ok
    assert len(bodies) == 5


async def test_what_is_not_on_the_screen(live):
    await post_blocks(live, actions(button("Ack"), button("Snooze")))
    with pytest.raises(CannotError, match=r"no button 'Akc'.*did you mean 'Ack'.*there is: Ack, Snooze"):
        await live.click("bo", "Akc")
    with pytest.raises(CannotError, match="there is: none"):
        await live.click("gus", "Ack")


async def test_a_direct_message_is_only_its_members(live):
    await post_blocks(live, actions(button("Secret")), channel="U0ANA")
    with pytest.raises(CannotError):
        await live.click("bo", "Secret")
    assert (await live.click("ana", "Secret")).ok


async def test_the_second_of_the_same_label(live, bodies):
    await post_blocks(live, actions(button("Ack", value="1")), actions(button("Ack", value="2")))
    await live.click("bo", "Ack", nth=1)
    assert bodies[0]["actions"][0]["value"] == "2"


async def test_a_reply_in_a_thread_knows_its_thread(live, bodies):
    parent = await post_blocks(live, section("parent"))
    await post_blocks(live, actions(button("Inside")), thread_ts=parent)
    await live.click("bo", "Inside")
    assert bodies[0]["container"]["thread_ts"] == parent


async def test_the_overflow_menu(live, bodies):
    await post_blocks(live, section("s", accessory=menu(option("Edit", "e"), option("Drop", "d"), kind="overflow")))
    await live.click("bo", "Drop")
    assert bodies[0]["actions"][0]["selected_option"]["value"] == "d"
    with pytest.raises(CannotError, match="there is no option 'Burn'"):
        await live.select("bo", bodies[0]["actions"][0]["action_id"], "Burn")


async def test_on_the_home_tab(live, bodies):
    await client_of(live).views_publish(user_id="U0BO", view=home(actions(button("Ack", value="home"))))
    await post_blocks(live, actions(button("Ack", value="message")))
    await live.click("bo", "Ack", on_home=True)
    await live.click("bo", "Ack")
    assert [body["actions"][0]["value"] for body in bodies] == ["home", "message"]
    assert bodies[0]["container"]["type"] == "view"
    with pytest.raises(CannotError):
        await live.click("ana", "Ack", on_home=True)


# menus


@pytest.mark.parametrize(
    ("element", "chosen", "wanted"),
    [
        (menu(option("One day", "1")), "one day", {"selected_option": option("One day", "1")}),
        ({"type": "users_select"}, "ana", {"selected_user": "U0ANA"}),
        ({"type": "channels_select"}, "#release", {"selected_channel": "C0REL"}),
        ({"type": "conversations_select"}, "release", {"selected_conversation": "C0REL"}),
        ({"type": "datepicker"}, "2026-03-15", {"selected_date": "2026-03-15"}),
        ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
        ({"type": "datetimepicker"}, "1800000000", {"selected_date_time": 1_800_000_000}),
        (
            menu(option("a"), option("b"), kind="checkboxes"),
            ["a", "b"],
            {"selected_options": [option("a"), option("b")]},
        ),
        (menu(option("a"), kind="radio_buttons"), "a", {"selected_option": option("a")}),
        ({"type": "external_select"}, "x-two", {"selected_option": option("x-two-two", "2")}),
    ],
)
async def test_choosing(live, bodies, element, chosen, wanted):
    await post_blocks(live, actions({**element, "action_id": "it"}, block_id="row"))
    if element["type"] == "external_select":
        assert await live.suggestions("bo", "it", "x") == ["x-one", "x-two"]
        with pytest.raises(CannotError, match="offered: x-two-one, x-two-two"):
            await live.select("bo", "it", "x-two")
        return
    assert (await live.select("bo", "it", chosen)).ok
    action = bodies[-1]["actions"][0]
    assert {name: action[name] for name in wanted} == wanted
    assert {name: bodies[-1]["state"]["values"]["row"]["it"][name] for name in wanted} == wanted


async def test_a_menu_remembers_for_the_one_who_chose(live, bodies):
    await post_blocks(live, actions(menu(option("a"), action_id="m"), button("Go"), block_id="row"))
    await live.select("bo", "m", "a")
    await live.click("bo", "Go")
    await live.click("ana", "Go")
    chosen = [body["state"]["values"]["row"]["m"]["selected_option"] for body in bodies[1:]]
    assert chosen == [option("a"), None]


@pytest.mark.parametrize(("kind", "words"), [("datepicker", "tomorrow"), ("timepicker", "noon")])
async def test_a_picker_gives_only_its_own_form(live, kind, words):
    await post_blocks(live, actions({"type": kind, "action_id": "it"}))
    with pytest.raises(CannotError, match=words):
        await live.select("bo", "it", words)
