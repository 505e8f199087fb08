"""Blocks drawn as plain text, for a terminal. A block that cannot be drawn is an error, never a gap."""

import textwrap
from collections.abc import Callable, Mapping, Sequence

from bot.sandbox.entering import full_state, options_of, value_key
from bot.sandbox.model import Block, Message, View
from bot.sandbox.mrkdwn import Names, plain_markdown, plain_mrkdwn, plain_text
from bot.sandbox.refusal import Json

RULE = "─" * 40


class CannotDrawError(Exception):
    """A block or element of a type that this module does not know."""


def draw_message(message: Message, names: Names) -> str:
    """A message: its blocks, or its text when it has none; then files and reactions."""
    lines = [draw_blocks(message.blocks, names)] if message.blocks else []
    if not message.blocks and message.text:
        lines = [plain_mrkdwn(message.text, names)]
    for file in message.files:
        alt = f": {file['alt_txt']}" if file.get("alt_txt") else ""
        lines.append(f"[picture {file['title']}{alt}]")
    if message.reactions:
        lines.append("  ".join(f"{plain_text(f':{name}:')} {len(users)}" for name, users in message.reactions.items()))
    return "\n".join(lines)


def draw_view(view: View, names: Names) -> str:
    """A modal in a frame of its title and buttons, or a Home tab."""
    body = draw_blocks(view.blocks, names, full_state(view.blocks, view.state))
    if view.type == "home":
        return body
    buttons = [f"[{plain_text(view.body[name]['text'])}]" for name in ("submit", "close") if view.body.get(name)]
    return (
        f"┌ {plain_text(view.title)}\n{textwrap.indent(body, '│ ', lambda _: True)}\n└ {' '.join(buttons) or '[Close]'}"
    )


def draw_blocks(blocks: Sequence[Block], names: Names, state: Mapping[str, Json] | None = None) -> str:
    """Blocks, one below the other. `state` shows what was entered. Raises CannotDrawError."""
    return "\n".join(_block(block, names, state or {}) for block in blocks)


def _block(block: Block, names: Names, state: Mapping[str, Json]) -> str:
    draw = _BLOCKS.get(block["type"])
    if draw is None:
        raise CannotDrawError(
            f"the terminal cannot draw a block of type {block['type']!r}; teach bot/sandbox/render.py"
        )
    return draw(block, names, state)


def text_object(words: Mapping[str, Json], names: Names) -> str:
    """A text object of either type."""
    return plain_text(words["text"]) if words["type"] == "plain_text" else plain_mrkdwn(words["text"], names)


def _header(block: Block, names: Names, _state: Mapping[str, Json]) -> str:
    return text_object(block["text"], names).upper()


def _section(block: Block, names: Names, state: Mapping[str, Json]) -> str:
    lines = [text_object(block["text"], names)] if block.get("text") else []
    cells = [text_object(one, names).replace("\n", " ") for one in block.get("fields") or ()]
    width = max((len(cell) for cell in cells[::2]), default=0)
    lines += [
        f"{left:<{width}}   {''.join(right)}".rstrip()
        for left, *right in (cells[index : index + 2] for index in range(0, len(cells), 2))
    ]
    if block.get("accessory"):
        lines.append(_element(block, block["accessory"], state))
    return "\n".join(lines)


def _context(block: Block, names: Names, _state: Mapping[str, Json]) -> str:
    return " · ".join(
        f"[picture: {one['alt_text']}]" if one["type"] == "image" else text_object(one, names)
        for one in block["elements"]
    )


def _actions(block: Block, _names: Names, state: Mapping[str, Json]) -> str:
    return " ".join(_element(block, one, state) for one in block["elements"])


def _image(block: Block, names: Names, _state: Mapping[str, Json]) -> str:
    title = f"{text_object(block['title'], names)}: " if block.get("title") else ""
    return f"[picture: {title}{block['alt_text']}]"


def _input(block: Block, names: Names, state: Mapping[str, Json]) -> str:
    optional = " (optional)" if block.get("optional") else ""
    line = f"{text_object(block['label'], names)}{optional}: {_element(block, block['element'], state)}"
    return f"{line}\n  {text_object(block['hint'], names)}" if block.get("hint") else line


def _table(block: Block, names: Names, _state: Mapping[str, Json]) -> str:
    rows = [[_cell(cell, names) for cell in row] for row in block["rows"]]
    columns = max(len(row) for row in rows)
    rows = [row + [""] * (columns - len(row)) for row in rows]
    widths = [max(len(row[index]) for row in rows) for index in range(columns)]
    settings = list(block.get("column_settings") or ()) + [{}] * columns
    aligned = [
        "  ".join(
            _align(cell, width, one.get("align")) for cell, width, one in zip(row, widths, settings, strict=False)
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in (aligned[0], "  ".join("─" * width for width in widths), *aligned[1:]))


def _align(cell: str, width: int, how: str | None) -> str:
    return {"right": cell.rjust, "center": cell.center}.get(how or "left", cell.ljust)(width)


def _cell(cell: Mapping[str, Json], names: Names) -> str:
    words = cell["text"] if cell["type"] == "raw_text" else _rich_text(cell, names, {})
    return " ".join(words.split())


def _markdown(block: Block, _names: Names, _state: Mapping[str, Json]) -> str:
    return plain_markdown(block["text"])


def _rich_text(block: Mapping[str, Json], names: Names, _state: Mapping[str, Json]) -> str:
    return "\n".join(_rich_part(part, names) for part in block["elements"])


def _rich_part(part: Mapping[str, Json], names: Names) -> str:
    kind = part["type"]
    if kind == "rich_text_list":
        lines = []
        for number, one in enumerate(part["elements"], start=1 + part.get("offset", 0)):
            mark = f"{number}." if part["style"] == "ordered" else "•"
            lines.append(f"{'  ' * part.get('indent', 0)}{mark} {_rich_part(one, names)}")
        return "\n".join(lines)
    words = "".join(_leaf(leaf, names) for leaf in part["elements"])
    marks = {"rich_text_section": "", "rich_text_preformatted": "    ", "rich_text_quote": "│ "}
    if kind not in marks:
        raise CannotDrawError(f"the terminal cannot draw {kind!r} in rich_text; teach bot/sandbox/render.py")
    return textwrap.indent(words, marks[kind])


def _leaf(leaf: Mapping[str, Json], names: Names) -> str:
    drawn: dict[str, Callable[[], str]] = {
        "text": lambda: leaf["text"],
        "link": lambda: f"{leaf['text']} ({leaf['url']})" if leaf.get("text") else leaf["url"],
        "user": lambda: names.user(leaf["user_id"]),
        "channel": lambda: names.channel(leaf["channel_id"]),
        "usergroup": lambda: f"@{leaf['usergroup_id']}",
        "broadcast": lambda: f"@{leaf['range']}",
        "emoji": lambda: plain_text(f":{leaf['name']}:"),
        "date": lambda: leaf.get("fallback") or plain_mrkdwn(f"<!date^{leaf['timestamp']}^{leaf['format']}>", names),
        "color": lambda: leaf["value"],
    }
    if leaf["type"] not in drawn:
        raise CannotDrawError(f"the terminal cannot draw {leaf['type']!r} in rich_text; teach bot/sandbox/render.py")
    return drawn[leaf["type"]]()


_BLOCKS: dict[str, Callable[[Block, Names, Mapping[str, Json]], str]] = {
    "header": _header,
    "divider": lambda *_: RULE,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
    "table": _table,
    "markdown": _markdown,
    "rich_text": _rich_text,
}


def _element(block: Block, element: Mapping[str, Json], state: Mapping[str, Json]) -> str:
    kind = element["type"]
    if kind == "image":
        return f"[picture: {element['alt_text']}]"
    if kind == "button":
        return f"[{plain_text(element['text']['text'])}]"
    if kind == "overflow":
        return "[⋯ " + " | ".join(plain_text(one["text"]["text"]) for one in options_of(element)) + "]"
    key = value_key(element)
    if key is None:
        raise CannotDrawError(f"the terminal cannot draw an element of type {kind!r}; teach bot/sandbox/render.py")
    entered = (
        state.get(block["block_id"], {}).get(element["action_id"])
        or full_state([block], {})[block["block_id"]][element["action_id"]]
    )
    shown = _value(entered.get(key))
    hint = plain_text(element["placeholder"]["text"]) if element.get("placeholder") else ""
    if kind in {"radio_buttons", "checkboxes"}:
        return _boxes(element, entered.get(key), "(•)( )" if kind == "radio_buttons" else "[x][ ]")
    if key == "value":
        return shown or f"[{hint or '…'}]"
    return f"[{shown or hint or '…'} ▾]"


def _boxes(element: Mapping[str, Json], chosen: Json, marks: str) -> str:
    picked = chosen if isinstance(chosen, list) else [chosen]
    return "  ".join(
        f"{marks[:3] if one in picked else marks[3:]} {one['text']['text']}" for one in options_of(element)
    )


def _value(content: Json) -> str:
    if isinstance(content, list):
        return ", ".join(_value(one) for one in content)
    if isinstance(content, Mapping):
        return plain_text(content["text"]["text"])
    return "" if content is None else str(content)
