"""The `rich_text` block: the one that nests, so its checks stand apart."""

from collections.abc import Mapping

from bot.sandbox.refusal import Json
from bot.sandbox.shapes import Check, Fields, Findings, array, boolean, choice, integer, string, url

_STYLE = Fields(
    {}, dict.fromkeys(("bold", "italic", "strike", "code", "highlight", "client_highlight", "unlink"), boolean)
)
_WORDS = string(40_000, counted=True)
_LEAVES: dict[str, Fields] = {
    "text": Fields({"text": _WORDS}, {"style": _STYLE}),
    "link": Fields({"url": url(3000)}, {"text": _WORDS, "unsafe": boolean, "style": _STYLE}),
    "user": Fields({"user_id": string(255)}, {"style": _STYLE}),
    "usergroup": Fields({"usergroup_id": string(255)}, {"style": _STYLE}),
    "channel": Fields({"channel_id": string(255)}, {"style": _STYLE}),
    "emoji": Fields({"name": string(255)}, {"unicode": string(255), "style": _STYLE}),
    "broadcast": Fields({"range": choice("here", "channel", "everyone")}, {"style": _STYLE}),
    "date": Fields(
        {"timestamp": integer(0, 99_999_999_999), "format": string(255)}, {"url": url(3000), "fallback": string(255)}
    ),
    "color": Fields({"value": string(32)}, {"style": _STYLE}),
}


def _one_of(table: Mapping[str, Check]) -> Check:
    def check(found: Findings, value: Json, at: str) -> None:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in table:
            found.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            table[kind](found, value, at)

    return check


_LEAF = _one_of(_LEAVES)
_SECTION = Fields({"elements": array(_LEAF, 1000, least=0)})
_BORDER: dict[str, Check] = {"border": integer(0, 1)}
RICH_TEXT = Fields(
    {
        "elements": array(
            _one_of(
                {
                    "rich_text_section": _SECTION,
                    "rich_text_list": Fields(
                        {
                            "style": choice("bullet", "ordered"),
                            "elements": array(_one_of({"rich_text_section": _SECTION}), 1000),
                        },
                        {"indent": integer(0, 8), "offset": integer(0, 100_000), **_BORDER},
                    ),
                    "rich_text_preformatted": Fields(
                        {"elements": array(_LEAF, 1000)}, {"language": string(64), **_BORDER}
                    ),
                    "rich_text_quote": Fields({"elements": array(_LEAF, 1000)}, _BORDER),
                }
            ),
            1000,
        )
    },
    {"block_id": string(255)},
)
