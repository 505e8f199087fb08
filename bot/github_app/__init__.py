"""A GitHub App: tokens that let into what it is installed on, good for an hour each and renewed under way.

`key` signs as the App, `api` asks GitHub, `tokens` holds one token and renews it; `words` says what went wrong and what
to do. Nothing here raises for what may be expected to fail: such failures are `NoToken`.
"""

from bot.github_app.api import AppApi, Scope
from bot.github_app.key import NoToken
from bot.github_app.tokens import Tokens

__all__ = ["AppApi", "NoToken", "Scope", "Tokens"]
