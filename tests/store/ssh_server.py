"""A real ssh server on loopback that runs git on real repositories: what a forge behind ssh is to git."""

import asyncio
import shlex
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

_COMMANDS = ("git-upload-pack", "git-receive-pack")


class SshServer:
    """Serves every repository below `root` to whoever holds the key in `authorized`. `commands`: what was asked for."""

    def __init__(self, root: Path, authorized: Path, host_key: asyncssh.SSHKey) -> None:
        self.root, self.authorized, self.host_key = root, authorized, host_key
        self.port = 0
        self.commands: list[str] = []
        self.connections = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def url(self, repository: str) -> str:
        return f"ssh://git@127.0.0.1:{self.port}/{repository}"

    def known(self, key: asyncssh.SSHKey | None = None) -> str:
        """The line of a known_hosts file for this server, with its own key or with another one."""
        public = (key or self.host_key).export_public_key().decode().strip()
        return f"[127.0.0.1]:{self.port} {public}\n"

    def __enter__(self) -> "SshServer":
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    async def _serve(self) -> None:
        server = self
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

        class Guard(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                server.connections += 1

            def begin_auth(self, username: str) -> bool:
                assert username == "git"
                return True

        listener = await asyncssh.create_server(
            Guard,
            "127.0.0.1",
            0,
            server_host_keys=[self.host_key],
            authorized_client_keys=str(self.authorized),
            process_factory=self._command,
            encoding=None,
            agent_forwarding=False,
            allow_pty=False,
        )
        self.port = listener.get_port()
        self._ready.set()
        await self._stop.wait()
        listener.close()
        await listener.wait_closed()

    async def _command(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        self.commands.append(process.command or "")
        name, path = shlex.split(process.command or "")
        assert name in _COMMANDS
        place = (self.root / path.lstrip("/")).resolve()
        assert place.is_relative_to(self.root.resolve())
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            "git", name.removeprefix("git-"), str(place), stdin=pipe, stdout=pipe, stderr=pipe
        )
        await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
        code = await child.wait()
        await process.stdout.drain()
        process.exit(code)
        await process.wait_closed()


@contextmanager
def ssh_serving(root: Path, authorized: Path, host_key: asyncssh.SSHKey) -> Iterator[SshServer]:
    """A running server."""
    with SshServer(root, authorized, host_key) as server:
        yield server
