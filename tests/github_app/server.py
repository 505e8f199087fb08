"""A strict GitHub with Apps on loopback: it checks every statement that an App signs, gives out tokens, and lets git in
with the newest of them alone.

The signature is checked with `cryptography` on the bytes as they came, not with the library that made it.
"""

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from tests.store.http_backend import HttpBackend, _Handler

APP_ID = "4711"
API = "/api/v3"


def new_key(bits: int = 2048) -> RSAPrivateKey:
    return generate_private_key(65537, bits)


def pem(key: RSAPrivateKey) -> bytes:
    """As GitHub lets it be downloaded."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@dataclass
class Installation:
    """Where the App is installed, for which repositories, and what it may do there."""

    number: int
    owner: str
    repositories: set[str]
    contents: str = "write"
    pulls: str = "none"
    organisation: bool = True
    suspended: bool = False


@dataclass
class Apps:
    """The state of one GitHub. `ahead`: seconds by which its clock is before this machine's.

    `lives`: after how many git requests the n-th token ends, whatever it says itself. `refusals`: answers to give
    instead, as (status, message). `shown`: every secret that was seen or given.
    """

    public: RSAPublicKey
    app_id: str = APP_ID
    installations: list[Installation] = field(default_factory=list)
    lifetime: float = 3600.0
    ahead: float = 0.0
    lives: dict[int, int] = field(default_factory=dict)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    ends: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    most_at_once: int = 0
    slow: float = 0.0
    _at_once: int = 0
    _used: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return time.time() + self.ahead

    # --- the API -----------------------------------------------------------------------------------------------------

    def api(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append(f"{method} {path}")
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            time.sleep(self.slow)
            if self.refusals:
                status, message = self.refusals.pop(0)
                return status, {"message": message}
            assert headers["accept"] == "application/vnd.github+json"
            assert headers["user-agent"]
            assert headers["x-github-api-version"] == "2022-11-28"
            scheme, _, statement = headers["authorization"].partition(" ")
            assert scheme == "Bearer"
            self.shown.add(statement)
            refused = self._who(statement)
            return refused or self._answer(method, path.strip("/").split("/"), body)
        finally:
            with self._lock:
                self._at_once -= 1

    def _who(self, statement: str) -> tuple[int, dict[str, Any]] | None:
        head, claims, signature = statement.split(".")
        assert json.loads(_raw(head)) == {"alg": "RS256", "typ": "JWT"}
        said = json.loads(_raw(claims))
        assert set(said) == {"iat", "exp", "iss"}
        assert isinstance(said["iat"], int)
        assert isinstance(said["exp"], int)
        if said["iss"] != self.app_id:
            return 404, {"message": "Integration not found"}
        try:
            self.public.verify(_raw(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return 401, {"message": "A JSON web token could not be decoded"}
        now = self.now()
        if said["iat"] > now or said["exp"] <= now or said["exp"] > now + 600 or said["exp"] - said["iat"] > 600:
            return 401, {"message": "'Expiration time' claim ('exp') is too far in the future"}
        return None

    def _answer(self, method: str, steps: list[str], body: bytes) -> tuple[int, dict[str, Any]]:
        match method, steps:
            case "GET", ["repos", owner, name, "installation"]:
                return _found(i for i in self.installations if i.owner == owner and name in i.repositories)
            case "GET", ["orgs", owner, "installation"]:
                return _found(i for i in self.installations if i.owner.lower() == owner.lower() and i.organisation)
            case "GET", ["users", owner, "installation"]:
                return _found(i for i in self.installations if i.owner.lower() == owner.lower())
            case "POST", ["app", "installations", number, "access_tokens"]:
                one = next((i for i in self.installations if i.number == int(number)), None)
                return (404, {"message": "Not Found"}) if one is None else self._token(one, json.loads(body))
        raise AssertionError(f"nothing of the kind is documented: {method} {steps}")

    def _token(self, one: Installation, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert set(body) <= {"permissions", "repositories"}
        if one.suspended:
            return 403, {"message": "This installation has been suspended"}
        if body["permissions"]["contents"] == "write" and one.contents != "write":
            return 422, {"message": "The permissions requested are not granted to this installation."}
        if body["permissions"].get("pull_requests", "none") not in ("none", one.pulls):
            return 422, {"message": "The permissions requested are not granted to this installation."}
        if not set(body.get("repositories", ())) <= one.repositories:
            return 422, {"message": "There is at least one repository that does not exist or is not accessible"}
        with self._lock:
            token = f"ghs_{secrets.token_urlsafe(27)}"
            self.given.append(token)
            self.shown.add(token)
            self.bodies.append(body)
            self._used = 0
            self.ends[token] = self.now() + self.lifetime
        end = datetime.fromtimestamp(self.ends[token], UTC)
        return 201, {"token": token, "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}", "repository_selection": "selected"}

    # --- git ---------------------------------------------------------------------------------------------------------

    def lets_in(self, authorization: str | None) -> bool:
        """Whether git may: with the newest token, while it lives."""
        with self._lock:
            if not self.given or authorization is None:
                return False
            newest = self.given[-1]
            expected = base64.b64encode(f"x-access-token:{newest}".encode()).decode()
            self.shown.add(expected)
            self._used += 1
            lives = self.lives.get(len(self.given), 10**9)
            return authorization == f"Basic {expected}" and self.now() < self.ends[newest] and self._used <= lives


def _found(some: Any) -> tuple[int, dict[str, Any]]:
    one = next(iter(some), None)
    if one is None:
        return 404, {"message": "Not Found"}
    return 200, {"id": one.number, "account": {"login": one.owner}, "suspended_at": None}


def _raw(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def installed(server: HttpBackend, apps: Apps) -> str:
    """Make the server that GitHub, with its API and its repositories on one host as Enterprise has them; the API."""

    class Handler(_Handler):
        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(apps.now() if timestamp is None else timestamp)

        def _answer(self, body: bytes) -> None:
            if self.path.startswith(f"{API}/"):
                status, said = apps.api(self.command, self.path.removeprefix(API), self.headers, body)
                self._say(status, json.dumps(said).encode())
            elif apps.lets_in(self.headers["Authorization"]):
                super()._answer(body)
            else:
                self._say(401, b"", ("WWW-Authenticate", 'Basic realm="GitHub"'))

        def _say(self, status: int, data: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(data)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    server.RequestHandlerClass = Handler
    return f"http://127.0.0.1:{server.server_address[1]}{API}"
