"""Whose token lets in where: an App has another one for each owner that it is installed on."""

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence

from bot.services.ports import Answer, NotFound, Unreachable
from bot.sources.forges.places import Asked, Forge


async def parties(
    forge: Forge, asked: Sequence[Asked], answers: MutableMapping[str, Answer]
) -> Mapping[str, Sequence[Asked]]:
    """Those that are asked for with one token, by the owner that it is for (empty: whoever).

    Of an owner where the App is not installed only what is public can be seen, and any other token shows that. Where
    none is to be had, the answer for its repositories is why.
    """
    if forge.app is None or forge.token is not None:
        return {"": asked}
    by_owner: dict[str, list[Asked]] = {}
    for one in asked:
        by_owner.setdefault(one.place.owner.lower(), []).append(one)
    tokens = await asyncio.gather(*(asyncio.to_thread(forge.app, owner, "") for owner in by_owner))
    found = dict(zip(by_owner, tokens, strict=True))
    let_in = {owner: by_owner[owner] for owner, token in found.items() if isinstance(token, str)}
    for owner, token in found.items():
        if isinstance(token, str):
            continue
        if isinstance(token, NotFound) and let_in:
            next(iter(let_in.values())).extend(by_owner[owner])
            continue
        why = Unreachable(token.reason)
        answers.update({one.repository: Answer(why, why) for one in by_owner[owner]})
    return let_in
