"""What Slack does to a request before it sends it, for tests."""

import hashlib
import hmac
from datetime import datetime
from urllib.parse import urlencode

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the example of Slack's own documentation


def sign(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    """The `X-Slack-Signature` of a body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def headers(body: bytes, at: datetime, *, content_type: str, secret: str = SECRET) -> dict[str, str]:
    """All headers of a signed request."""
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": content_type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": sign(body, timestamp, secret),
    }


def slash(text: str, *, user: str = "U1", command: str = "/release", **more: str) -> bytes:
    """The form of a slash command."""
    fields = {
        "token": "legacy",
        "team_id": "T1",
        "channel_id": "C1",
        "channel_name": "release",
        "user_id": user,
        "command": command,
        "text": text,
        "response_url": "http://127.0.0.1:9/never",
        "trigger_id": "1.2.3",
        **more,
    }
    return urlencode(fields).encode()
