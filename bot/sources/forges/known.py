"""Where the APIs of forges are, by the host that people write."""

from pydantic import SecretStr

from bot.sources.forges.places import App, Forge, Kind


def github(host: str, token: SecretStr | None, setting: str, app: App | None = None) -> Forge:
    """github.com, an organisation of its own at ghe.com, or a GitHub Enterprise Server."""
    if host == "github.com" or host.endswith(".ghe.com"):
        api = f"https://api.{host}"
        return Forge(Kind.GITHUB, host, api, f"{api}/graphql", token, setting, app)
    return Forge(Kind.GITHUB, host, f"https://{host}/api/v3", f"https://{host}/api/graphql", token, setting, app)


def gitlab(host: str, token: SecretStr | None, setting: str) -> Forge:
    """gitlab.com or a self-managed GitLab."""
    return Forge(Kind.GITLAB, host, f"https://{host}/api/v4", "", token, setting)


def bitbucket_org(token: SecretStr | None, setting: str) -> Forge:
    """Bitbucket Cloud; a Bitbucket Server has another API."""
    return Forge(Kind.BITBUCKET, "bitbucket.org", "https://api.bitbucket.org/2.0", "", token, setting)
