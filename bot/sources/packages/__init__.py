"""Package indexes as evidence: which versions of a package people can install.

`places` says which address belongs to which package; `formats` reads what an index answers; `collect` asks, with the
gates, limits and memory of the forges. Whatever a plan calls its packages, only the indexes of the settings are asked.
"""

from bot.sources.packages.collect import Packages
from bot.sources.packages.places import Index, Kind

__all__ = ["Index", "Kind", "Packages"]
