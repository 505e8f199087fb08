"""The git command in a clean room: no system or personal configuration, no hooks, no prompts, no surprise protocols.

Everything that could run a program or send a credential elsewhere is switched off here, once. What a person sets in the
environment for their own git (an ssh agent, an askpass helper, certificates, a proxy) still counts.
"""

import base64
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO
from urllib.parse import urlsplit

TIMED_OUT = -1
_KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "GIT_ASKPASS", "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
_PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
_FIXED = {
    "LC_ALL": "C",  # outcomes are told apart by git's English words
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}
_SSH = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10 -o ServerAliveInterval=15"
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.askPass=",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=20",
    "maintenance.auto=false",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class GitMissingError(Exception):
    """There is no git that could be started. The text is a sentence for people."""


def signed(url: str, header: str) -> dict[str, str]:
    """The environment in which git sends a header along with every request below `url`, and with no other.

    By the environment, for arguments can be seen by everybody on the machine, and a configuration file stays behind.
    """
    if not header:
        return {}
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"http.{url}.extraHeader", "GIT_CONFIG_VALUE_0": header}


def basic(user: str, password: str) -> str:
    """The header that lets a user in."""
    return f"Authorization: Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def origin(url: str) -> str:
    """`scheme://host:port/` of a URL, without the user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"


def ssh_command() -> str:
    """How ssh is called: as the environment says, or without questions and only to hosts that are known."""
    return os.environ.get("GIT_SSH_COMMAND", _SSH)


class Deadline:
    """A moment on the monotonic clock by which something must be done."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, never less than 0."""
        return max(self._end - time.monotonic(), 0.0)


@dataclass(frozen=True)
class Finished:
    """How a git command ended. `code` is its exit code, or TIMED_OUT when it was killed at its deadline.

    `cut`: it said more than was wanted, and was killed; `raw` is the beginning.
    """

    code: int
    out: str
    err: str
    raw: bytes = b""
    cut: bool = False


@dataclass(frozen=True)
class Limits:
    """How much a command may say, and about how large any file may become that it writes, in bytes."""

    output: int | None = None
    file: int | None = None


_NOTHING: Mapping[str, str] = MappingProxyType({})
_ERRORS_KEPT = 64 * 1024


class Git:
    """Runs git on one repository directory. `protocols` is git's own allow list (`https:ssh`; empty: none).

    `asking`: whether the helper that answers for passwords may be asked; never where others choose the host.
    """

    missing: type[Exception] = GitMissingError

    def __init__(self, directory: Path, protocols: str = "", *, proxies: bool = True, asking: bool = True) -> None:
        self.directory = directory
        kept = [name for name in _KEPT if asking or name != "GIT_ASKPASS"] + list(_PROXIES if proxies else ())
        own = {name: os.environ[name] for name in kept if name in os.environ}
        ssh = {} if "GIT_SSH_COMMAND" in own else {"GIT_SSH_COMMAND": _SSH, "GIT_SSH_VARIANT": "ssh"}
        self._environment = own | ssh | _FIXED | {"GIT_ALLOW_PROTOCOL": protocols or "none"}
        self._start = ["git", f"--git-dir={directory}"]
        for setting in _SETTINGS:
            self._start += ["-c", setting]

    def run(
        self, *arguments: str, timeout: float, settings: tuple[str, ...] = (),
        environment: Mapping[str, str] = _NOTHING, limits: Limits = Limits(), given: bytes = b"",
    ) -> Finished:  # fmt: skip
        """Run one command and wait, at most `timeout` seconds; then it is killed with all its children.

        `environment` adds to git's own: what may not stand in the arguments. `given`: what it reads. Raises `missing`.
        """
        extra = [part for setting in settings for part in ("-c", setting)]
        with _readable(given) as stdin:
            try:
                process = subprocess.Popen(
                    [*_small_files(limits.file), *self._start, *extra, *arguments],
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=self.directory,
                    env={**self._environment, **environment},
                    start_new_session=True,
                )
            except OSError as error:
                raise self.missing(
                    f"git could not be started ({error.strerror}); install git and put it on PATH"
                ) from error
        with process:
            return _finish(process, time.monotonic() + timeout, timeout, limits.output)


@contextmanager
def _readable(given: bytes) -> Iterator[IO[bytes] | int]:
    """Something to read from: by a file, for a pipe would have to be fed while the answer is read."""
    if not given:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(given)
        file.seek(0)
        yield file


def _small_files(size: int | None) -> list[str]:
    """Whoever chooses the server could fill the disk. The shell sets the limit before git, or a child of it, begins."""
    return [] if size is None else ["/bin/sh", "-c", 'ulimit -f "$0"; exec "$@"', str(size // 512)]


def _finish(process: "subprocess.Popen[bytes]", end: float, timeout: float, most: int | None) -> Finished:
    """Read what git says until it is done, says more than `most` bytes, or the time is up."""
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as open_pipes:
        for pipe, part in ((process.stdout, out), (process.stderr, err)):
            if pipe is not None:
                open_pipes.register(pipe, selectors.EVENT_READ, part)
        while open_pipes.get_map():
            ready = open_pipes.select(max(end - time.monotonic(), 0))
            if not ready and time.monotonic() >= end:
                _kill(process)
                return Finished(TIMED_OUT, "", f"no answer within {timeout:.0f} s")
            for key, _ in ready:
                data = os.read(key.fd, 65_536)
                key.data.extend(data[: max(_ERRORS_KEPT - len(err), 0)] if key.data is err else data)
                if not data:
                    open_pipes.unregister(key.fileobj)
            if most is not None and len(out) > most:
                _kill(process)
                return _finished(process.returncode, out[:most], err, cut=True)
    try:
        process.wait(max(end - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired:
        _kill(process)
        return Finished(TIMED_OUT, "", f"no answer within {timeout:.0f} s")
    return _finished(process.returncode, out, err, cut=False)


def _finished(code: int, out: bytearray, err: bytearray, *, cut: bool) -> Finished:
    raw = bytes(out)
    return Finished(code, raw.decode(errors="replace"), bytes(err).decode(errors="replace"), raw, cut)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill git and the transport helpers that it started: they live in the session made for them."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()
    process.wait()


def words(text: str, longest: int = 1000) -> str:
    """What git or a remote said, fit for people: no escape sequences, no empty lines, one ` / ` between lines."""
    clean = _CONTROL.sub("", text.replace("\r", "\n"))
    lines = [line.removeprefix("remote:").strip() for line in clean.split("\n")]
    said = " / ".join(line for line in lines if line)
    return said if len(said) <= longest else said[: longest - 1] + "…"
