"""Repositories at GitHub, GitLab and Bitbucket: their status documents, tags and releases, through the forges' APIs.

`places` says which words mean which repository; `asking` is one request with all its limits; `gate` keeps away from a
forge that wants it so; one file for each API says what is asked and what an answer means. Nothing here knows plans.
"""

from bot.sources.forges.collect import Forges
from bot.sources.forges.known import bitbucket_org, github, gitlab
from bot.sources.forges.memory import MemoryOfProcess
from bot.sources.forges.places import Forge, Kind

__all__ = ["Forge", "Forges", "Kind", "MemoryOfProcess", "bitbucket_org", "github", "gitlab"]
