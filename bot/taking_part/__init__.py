"""What a repository runs to take part: finding out what it is, drafting its status document, publishing it.

What belongs here: looking at the checkout that somebody works in, and the `ga-status` branch of its remote. What does
not: what a status document may say (`release/`), plans and their store, Slack. Convoy's own processes never come here.
"""

from bot.taking_part.branch import BRANCH, Kept, NotPublished, Published, Target, publish
from bot.taking_part.checkout import FILE_NAME, Checkout, find_checkout
from bot.taking_part.draft import Draft, draft

__all__ = [
    "BRANCH",
    "FILE_NAME",
    "Checkout",
    "Draft",
    "Kept",
    "NotPublished",
    "Published",
    "Target",
    "draft",
    "find_checkout",
    "publish",
]
