"""Files for one person: a picture of the trend, a list too long for messages. They go into the direct message.

Slack's own upload has three steps (an address, the bytes, the share); the SDK does them. A connection that drops in the
last step may leave the file shared and us without an answer: then the person is told that it may have arrived.
"""

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.services.history import File, FileNotSent, Files, FileSent

_REASONS = {
    "missing_scope": "its Slack app lacks the scope files:write: install it again from manifest.yml",
    "storage_limit_reached": "the workspace has no room for files any more",
    "file_uploads_disabled": "the workspace takes no files from apps",
    "ratelimited": "Slack asks for a pause: try again in a minute",
}


class SlackFiles(Files):
    """Uploads through the Web API. `client` does not retry by itself, so that nothing arrives twice."""

    def __init__(self, client: AsyncWebClient) -> None:
        if client.retry_handlers:
            raise ValueError("the client retries by itself, which sends twice: build it with retry_handlers=[]")
        self._client = client

    async def send(self, user: str, file: File) -> FileSent | FileNotSent:
        """Put a file into the direct message with a Slack user id."""
        try:
            opened = await self._client.conversations_open(users=user)
            await self._client.files_upload_v2(
                channel=str(opened["channel"]["id"]),
                filename=file.name,
                title=file.title,
                content=file.content,
                alt_txt=file.alt or None,
                initial_comment=file.comment or None,
            )
        except SlackApiError as error:
            code = str(error.response.get("error", ""))
            return FileNotSent(_REASONS.get(code, f"Slack refused it ({code or 'without a reason'})"))
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, KeyError, TypeError) as error:
            # The last three: what comes of an answer that is no Slack answer, such as a proxy's page.
            return FileNotSent(
                f"the connection to Slack broke ({type(error).__name__}); it may have arrived all the same"
            )
        return FileSent()
