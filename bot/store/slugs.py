"""Names of plan folders: what may be one, and how a release name becomes one."""

import re
import unicodedata
from collections.abc import Container

LONGEST = 60
# People may make folders by hand, so reading allows more than `slug_for` makes; never a leading dot, dash or slash.
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


def is_slug(text: str) -> bool:
    """Whether a folder of that name under `plans/` is taken for a plan."""
    return _SLUG.fullmatch(text) is not None


def slug_for(release_name: str, taken: Container[str]) -> str:
    """A new folder name for a release: lowercase ASCII letters, digits and hyphens, at most 60, not in `taken`.

    Accents are dropped; a name without any ASCII letter or digit becomes `plan`; -2, -3, … make it unique.
    """
    ascii_text = unicodedata.normalize("NFKD", release_name.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    stem = words[:LONGEST].strip("-") or "plan"
    slug, number = stem, 1
    while slug in taken:
        number += 1
        suffix = f"-{number}"
        slug = stem[: LONGEST - len(suffix)].rstrip("-") + suffix
    return slug
