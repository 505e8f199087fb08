"""Which address belongs to a package (`pypi:requests`, `npm:@scope/name`). Pure.

The plan chooses the name, the settings choose the place. A name has passed the grammar of the plan
(`release/fields.py`); it is escaped here all the same, so that none can lead elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

from packaging.utils import canonicalize_name


class Kind(StrEnum):
    """Which API an index speaks; also the word before the colon."""

    PYPI = "pypi"
    NPM = "npm"

    @property
    def setting(self) -> str:
        """The setting that names its index."""
        return f"CONVOY_{self.name}_INDEX"


_TITLES = {Kind.PYPI: "the simple API of a PyPI index", Kind.NPM: "an npm registry"}
_ACCEPT = {Kind.PYPI: "application/vnd.pypi.simple.v1+json", Kind.NPM: "application/vnd.npm.install-v1+json"}


@dataclass(frozen=True)
class Index:
    """One index. `base` is where its packages begin, with a slash at its end."""

    kind: Kind
    base: str

    @property
    def host(self) -> str:
        """As people know it."""
        return urlsplit(self.base).netloc

    @property
    def accept(self) -> str:
        """The short form of a document, without descriptions of every version."""
        return _ACCEPT[self.kind]

    def url(self, name: str) -> str:
        """Where the versions of a package are listed."""
        if self.kind is Kind.PYPI:
            return f"{self.base}{quote(canonicalize_name(name), safe='')}/"
        return f"{self.base}{quote(name, safe='@')}"

    @property
    def token(self) -> None:
        """Indexes are asked as anybody may ask them."""
        return

    @property
    def app(self) -> None:
        """Nor has anybody a token for them."""
        return

    def credentials(self, _token: str) -> list[tuple[str, str]]:
        """So no header shows one."""
        return []


def kind_and_name(package: str) -> tuple[Kind, str]:
    """`npm` and `@scope/name`. Raises ValueError for a kind that there is not."""
    kind, _, name = package.partition(":")
    return Kind(kind), name


def not_set(package: str, kind: Kind) -> str:
    """Why it cannot be looked up here."""
    return f"{package} is not looked up: no index for it is set up here; set {kind.setting} to {_TITLES[kind]}"


def no_sense(package: str, index: Index) -> str:
    """What came is no list of versions."""
    return (
        f"{index.host} answers something else than the versions of {package}; "
        f"does {index.kind.setting} name {_TITLES[index.kind]}?"
    )


def too_large(package: str, most: str) -> str:
    """It has more than is read."""
    return f"the versions of {package} are too much to read: more than {most}"


def status_of(package: str, index: Index, status: int) -> str:
    """Any other answer."""
    if status in (401, 403):
        return f"{index.host} does not let Convoy look up {package} ({status})"
    return f"{index.host} answers {status} for {package}{': the fault is on its side' if status >= 500 else ''}"
