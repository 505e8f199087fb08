"""ssh for the store: with one key and one list of host keys, and nothing of anybody's configuration.

What git needs to reach a host is a command line that a shell reads, so every path in it is quoted.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "UpdateHostKeys=no",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ConnectTimeout=10",
    "ServerAliveInterval=15",
)
_UNKNOWN = re.compile(r"No .*host key is known for|Host key verification failed")
_CHANGED = re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED")
_REVOKED = re.compile(r"REVOKED HOST KEY|marked as revoked")
_OPEN = re.compile(r"UNPROTECTED PRIVATE KEY FILE|Permissions \S+ for .* are too open")
_DENIED = re.compile(r"Permission denied \(")


@dataclass(frozen=True)
class Ssh:
    """How the store's ssh is called: `key` None: those of the agent; `known_hosts` None: the user's own list.

    Paths are absolute and hold nothing that ssh or a shell would read (the settings see to that).
    """

    key: Path | None = None
    known_hosts: Path | None = None

    def environment(self) -> Mapping[str, str]:
        """What git is told by its environment."""
        words = ["ssh", "-F", "/dev/null"]
        for option in _OPTIONS:
            words += ["-o", option]
        if self.key is not None:
            words += ["-i", str(self.key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
            words += ["-o", "PreferredAuthentications=publickey"]
        if self.known_hosts is not None:  # ssh itself takes a list here, and quotes keep a path with spaces together
            words += ["-o", f'UserKnownHostsFile="{self.known_hosts}"', "-o", "GlobalKnownHostsFile=/dev/null"]
        return {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}


def trouble(err: str, url: str, ssh: Ssh | None) -> str | None:
    """In words what is wrong with a key and what to do, where that is what ssh says; else None."""
    if _CHANGED.search(err) or _REVOKED.search(err) or _UNKNOWN.search(err):
        return _host_key(err, url, ssh)
    if ssh is None or ssh.key is None or not (_OPEN.search(err) or _DENIED.search(err)):
        return None
    if _OPEN.search(err):
        return (
            f"{url} does not let Convoy in: others can read the key {ssh.key} (CONVOY_STORE_SSH_KEY_FILE), so ssh does "
            f"not use it: `chmod 600 {shlex.quote(str(ssh.key))}`, as the user that Convoy runs as"
        )
    return (
        f"{url} does not let Convoy in with the key {ssh.key} (CONVOY_STORE_SSH_KEY_FILE): give its public half "
        f"(`ssh-keygen -y -f {shlex.quote(str(ssh.key))}`) to the repository as a deploy key that may write; a key "
        "with a passphrase cannot be used, and the file must be there for the user that Convoy runs as"
    )


def _host_key(err: str, url: str, ssh: Ssh | None) -> str:
    host, port = _address(url)
    known = None if ssh is None else ssh.known_hosts
    file, quoted = ("~/.ssh/known_hosts",) * 2 if known is None else (str(known), shlex.quote(str(known)))
    name = host if port == 22 else f"[{host}]:{port}"
    scan = f"ssh-keyscan{'' if port == 22 else f' -p {port}'} {host}"
    if _REVOKED.search(err):
        return f"{url} is not spoken to: {name} shows a host key that is marked as revoked in {file}"
    if _CHANGED.search(err):
        return (
            f"WARNING: {url} is not spoken to: the host key of {name} HAS CHANGED from the one in {file}. Somebody may "
            "be standing between Convoy and that host. Only if its operators say that they have a new key: "
            f"`ssh-keygen -R '{name}' -f {quoted}`, then `{scan} >> {quoted}`, and compare what "
            f"`ssh-keygen -l -f {quoted}` shows with the fingerprint that they publish"
        )
    return (
        f"{url} is not spoken to: no host key of {name} is in {file}, so it could be anybody. Get it with "
        f"`{scan} >> {quoted}` and compare what `ssh-keygen -l -f {quoted}` shows with the "
        "fingerprint that the host's operators publish"
    )


def _address(url: str) -> tuple[str, int]:
    """Host and port of an address that `location` has let pass."""
    if "://" in url:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or 22
    return url.partition("@")[2].partition(":")[0], 22
