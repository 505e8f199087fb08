"""What is said where a forge gives no document; each sentence says what happened and what to do, and no secret."""

from bot.sources.forges.places import Forge, Place


def no_repository(place: Place) -> str:
    """A forge says the same of what is not there and of what may not be seen."""
    if place.forge.token:
        seen = f"the token of {place.forge.title} may not see it"
    elif place.forge.app:
        seen = f"the GitHub App may not see it: is it installed on {place.owner}, for this repository?"
    else:
        seen = "it is not public"
    return f"{place.shown} is not there, or {seen}"


def not_let(place: Place) -> str:
    """It is there, and not for us."""
    if place.forge.token:
        how = f"let the token of {place.forge.title} read it"
    elif place.forge.app:
        how = f"the GitHub App needs the permission Contents: read on {place.owner}, for this repository"
    else:
        how = f"set {place.forge.title}"
    return f"{place.shown} does not let Convoy read: {how}"


def token_refused(forge: Forge) -> str:
    """The token itself is no good."""
    if forge.app is not None and forge.token is None:
        return f"{forge.host} does not accept the tokens that it gives the GitHub App; a later pass asks again"
    if forge.token is None:
        return f"{forge.host} wants a token: set {forge.title}"
    return f"{forge.host} does not accept the token of {forge.title}: it is wrong, or no longer valid; set a new one"


def no_sense(forge: Forge) -> str:
    """What came is not what its API promises."""
    return f"{forge.host} answers something else than was asked; is it the forge that the settings say?"


def status_of(forge: Forge, status: int) -> str:
    """Any other answer."""
    return f"{forge.host} answers {status}{': the fault is on its side' if status >= 500 else ''}"
