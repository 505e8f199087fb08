"""Why GitHub gives no token, and what to do about it. Nothing that GitHub says is quoted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """How the App and the place it is asked for are called: `place` is `owner` or `owner/name` at `host`."""

    app_id: str
    host: str
    place: str

    @property
    def app(self) -> str:
        """The App, for people."""
        return f"the GitHub App {self.app_id}"


def not_accepted(names: Names) -> str:
    """The signature, or who it says it is."""
    return (
        f"{names.host} does not accept the signature of {names.app}: CONVOY_GITHUB_APP_ID and "
        "CONVOY_GITHUB_APP_KEY_FILE do not belong together, the key was deleted there, or the clock of this machine is "
        "wrong; compare both with the App's settings (General, Private keys)"
    )


def unknown_app(names: Names) -> str:
    """Nobody of that number."""
    return (
        f"{names.host} knows no GitHub App {names.app_id}: set CONVOY_GITHUB_APP_ID to the App ID or Client ID of the "
        "App's settings, and CONVOY_GITHUB_APP_API to the GitHub that it is of"
    )


def not_installed(names: Names) -> str:
    """The App is not let in there."""
    return (
        f"{names.app} is not installed on {names.place}: install it there (the App's settings, Install App) and choose "
        "the repositories that Convoy needs"
    )


def no_installation(names: Names, number: int) -> str:
    """The number that was set is wrong, or was taken away."""
    return (
        f"{names.app} has no installation {number} at {names.host}: it was removed, or "
        "CONVOY_GITHUB_APP_INSTALLATION is wrong; its number ends the address of its page (Install App, Configure), "
        "and without that setting Convoy looks it up"
    )


def suspended(names: Names) -> str:
    """Somebody has put it to rest."""
    return (
        f"the installation of {names.app} on {names.place} is suspended: an owner there lifts that under Settings, "
        "GitHub Apps, Configure"
    )


def not_granted(names: Names, *, write: bool) -> str:
    """It may not do that, or not there."""
    what = "read and write" if write else "read"
    return (
        f"{names.app} may not do what Convoy needs on {names.place}: grant it the repository permission Contents: "
        f"{what} (the App's settings, Permissions), let an owner accept that, and choose the repository there"
    )


def too_often(names: Names) -> str:
    """A limit."""
    return f"{names.host} wants {names.app} to ask less often; Convoy tries again in a while"


def answers(names: Names, status: int) -> str:
    """Any other answer."""
    whose = "the fault is on its side and Convoy tries again" if status >= 500 else "is CONVOY_GITHUB_APP_API right?"
    return f"{names.host} answers {status} where {names.app} asks for a token: {whose}"


def no_sense(names: Names) -> str:
    """What came is not what its API promises."""
    return f"{names.host} answers {names.app} something else than was asked: is CONVOY_GITHUB_APP_API right?"


def out_of_reach(names: Names, kind: str) -> str:
    """No answer at all."""
    return f"{names.host} cannot be reached where {names.app} asks for a token ({kind}); Convoy tries again"
