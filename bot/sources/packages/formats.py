"""What indexes answer, read as versions that can be installed. Pure.

PyPI and its like: the simple API as JSON (PEP 691, PEP 700). npm: the abbreviated document of a package. Whoever takes
a version back has it marked as yanked (PyPI: each of its files) or deprecated (npm); such a version is not out.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion
from pydantic import BaseModel, Field, ValidationError

from bot.release.published import PublishedKind, PublishedVersion
from bot.release.version_text import LONGEST, read
from bot.sources.packages.places import Kind

_MOST = 200_000
"""Files or versions of one package that are read."""
Versions = dict[str, datetime | None]
"""Versions that are out, each with when it came out where the index tells."""


class _File(BaseModel):
    filename: str
    yanked: Any = False
    upload_time: str | None = Field(None, alias="upload-time")


class _Simple(BaseModel):
    files: Annotated[list[_File], Field(max_length=_MOST)]


class _NpmVersion(BaseModel):
    deprecated: Any = None


class _Npm(BaseModel):
    name: str
    versions: Annotated[dict[str, _NpmVersion], Field(max_length=_MOST)] = {}


def versions_in(kind: Kind, name: str, data: bytes) -> Versions | None:
    """The versions of a package that can be installed; None: this is no such document, or speaks of another package."""
    try:
        return _pypi(name, data) if kind is Kind.PYPI else _npm(name, data)
    except ValidationError:
        return None


def _pypi(name: str, data: bytes) -> Versions:
    """A version is out when a wheel or a source archive of it can be had."""
    found: Versions = {}
    for file in _Simple.model_validate_json(data).files:
        version = None if file.yanked else _version_of(name, file.filename)
        if version is None:
            continue
        when, before = _moment(file.upload_time), found.get(version)
        found[version] = min(when, before) if when and before else when or before
    return found


def _version_of(name: str, filename: str) -> str | None:
    """The version in the name of a file; None for eggs, installers and whatever else no tool of today installs."""
    try:
        if filename.endswith(".whl"):
            of, version, _, _ = parse_wheel_filename(filename)
        else:
            of, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None
    return str(version) if of == canonicalize_name(name) else None


def _npm(name: str, data: bytes) -> Versions | None:
    document = _Npm.model_validate_json(data)
    if document.name != name:
        return None
    return {version: None for version, about in document.versions.items() if not about.deprecated}


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def written(versions: Versions) -> str:
    """Versions as text, for the memory of sources."""
    return json.dumps([[version, when.isoformat() if when else None] for version, when in versions.items()])


def remembered(text: str) -> Versions:
    """What `written` wrote."""
    return {version: datetime.fromisoformat(when) if when else None for version, when in json.loads(text)}


def in_all(lists: Sequence[Versions]) -> tuple[PublishedVersion, ...]:
    """The versions that every list has, as the first one spells them: `1.5.0rc1` and `1.5.0-rc.1` are the same.

    Out since the last of them was.
    """
    rest = [{_meant(version): when for version, when in each.items()} for each in lists[1:]]
    return tuple(
        PublishedVersion(version, PublishedKind.PACKAGE, _last([when, *(each[key] for each in rest)]))
        for version, when in (lists[0] if lists else {}).items()
        if all((key := _meant(version)) in each for each in rest)
    )


def _meant(version: str) -> object:
    found = read(version[:LONGEST])
    return found.kin, found.key


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    known = list(moments)
    return max((one for one in known if one is not None), default=None) if all(known) else None
