"""Plans in git: the adapter behind `services.ports.PlanStore`, for a local bare repository or any git remote.

What belongs here: git objects, refs, fetch and push, the layout of a plan's folder, and serving the last good version.
What does not: deciding what a plan should say (`release/`), and drawing RELEASE_PLAN.md (a renderer is passed in).
"""

from bot.store.commits import Commit
from bot.store.history import GitHistory, open_history
from bot.store.location import LocalStore, RemoteStore, locate, open_store
from bot.store.slugs import slug_for
from bot.store.store import GitStore

__all__ = [
    "Commit",
    "GitHistory",
    "GitStore",
    "LocalStore",
    "RemoteStore",
    "locate",
    "open_history",
    "open_store",
    "slug_for",
]
