"""The App's private key, and what is signed with it: a statement of who is asking, good for some minutes."""

from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

BACK = 60
"""Seconds by which the statement is dated back: GitHub takes none from the future, and clocks differ."""
GOOD_FOR = 540
"""Seconds from now; with BACK that is the longest that GitHub takes."""
_LEAST_BITS = 2048
_MOST_BYTES = 64 * 1024
_NEW_ONE = "make a new one in the App's settings (Private keys) and put the file there as it was downloaded"


@dataclass(frozen=True)
class NoToken:
    """There is none now; `reason` says why and what to do. `nowhere`: the App is not installed there at all."""

    reason: str
    nowhere: bool = False


def statement(app_id: str, key_file: Path, now: float) -> str | NoToken:
    """A signed JSON web token (RS256) that says: this is the App. The file is read anew, for keys are replaced."""
    key = _read(key_file)
    if isinstance(key, NoToken):
        return key
    claims = {"iat": int(now) - BACK, "exp": int(now) + GOOD_FOR, "iss": app_id}
    return jwt.encode(claims, key, algorithm="RS256")


def _read(key_file: Path) -> RSAPrivateKey | NoToken:
    named = f"the key of the GitHub App (CONVOY_GITHUB_APP_KEY_FILE, {key_file})"
    try:
        with key_file.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        return NoToken(f"{named} cannot be read: {error.strerror or type(error).__name__}")
    # The texts of these errors are left out: they can quote the file.
    try:
        key = load_pem_private_key(data, None)
    except TypeError:
        return NoToken(f"{named} has a passphrase, and nobody is there to type it: {_NEW_ONE}")
    except (ValueError, UnsupportedAlgorithm):
        return NoToken(f"{named} is no private key in PEM: {_NEW_ONE}")
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        return NoToken(f"{named} is no RSA key of {_LEAST_BITS} bits or more, as GitHub gives them out: {_NEW_ONE}")
    return key
