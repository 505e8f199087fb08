"""RELEASE_PLAN.md: the dashboard that lies beside the plan in git, for whoever reads it on a forge.

A pure rendering of an assessment: equal input gives equal bytes. Nothing from outside can break its Markdown, ping
anybody or link anywhere (`escape.py`). Slack's wording lives in `bot/blocks`; what both share is in `bot/release`.
"""

from bot.markdown.dashboard import dashboard

__all__ = ["dashboard"]
