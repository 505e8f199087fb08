"""The Web API's upload in three steps: an address for the bytes, the bytes, and the share."""

from aiohttp import web

from bot.sandbox.arguments import Arguments
from bot.sandbox.core import Core, Method, StoredFile
from bot.sandbox.posting import compose, room_to_post, thread_of
from bot.sandbox.refusal import Json, Refused, missing


def get_upload_url(core: Core, args: Arguments) -> dict[str, Json]:
    """files.getUploadURLExternal."""
    name, length = args.need("filename"), args.number("length", 0, 10**9, "invalid_arguments")
    if not length:
        raise missing("length")
    file_id = f"F{len(core.files) + 1:08d}"
    core.files[file_id] = StoredFile(file_id, name, length, args.text("alt_txt") or "")
    return {"upload_url": f"{core.base_url}/upload/v1/{file_id}", "file_id": file_id}


async def take_upload(core: Core, request: web.Request) -> web.Response:
    """The second step: raw bytes, or a multipart form with one file. They must have the length that was announced."""
    file = core.files.get(request.match_info["file_id"])
    if file is None or file.content is not None:
        return web.Response(status=404, text="no such upload")
    if request.content_type == "multipart/form-data":
        form = await request.post()
        parts = [value for value in form.values() if isinstance(value, web.FileField)]
        content = parts[0].file.read() if len(parts) == 1 else b""
    else:
        content = await request.read()
    if len(content) != file.length:
        return web.Response(status=400, text=f"announced {file.length} bytes, got {len(content)}")
    file.content = content
    return web.Response(text=f"OK - {file.length}")


def file_json(core: Core, file: StoredFile) -> dict[str, Json]:
    """A file as the API shows it."""
    address = f"https://files.slack.com/files-pri/{core.workspace.identity.team_id}-{file.id}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "size": file.length,
        "filetype": file.name.rpartition(".")[2],
        "alt_txt": file.alt_text,
        "user": core.workspace.identity.bot_user,
        "url_private": f"{address}/{file.name}",
        "permalink": f"https://{core.workspace.identity.team_domain}.slack.com/files/{file.id}",
    }


def complete_upload(core: Core, args: Arguments) -> dict[str, Json]:
    """files.completeUploadExternal: keeps the files, and posts them when a channel is named."""
    wanted = args.nested("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise missing("files")
    files = []
    for entry in wanted:
        file = core.files.get(str(entry.get("id"))) if isinstance(entry, dict) else None
        if file is None or file.content is None:
            raise Refused("file_not_found" if file is None else "file_update_failed")
        file.title = str(entry.get("title") or file.name)
        files.append(file)
    shown = [file_json(core, file) for file in files]
    channels = [one for one in (args.text("channel_id"), *args.words("channels")) if one]
    for channel in channels:
        room = room_to_post(core, channel)
        thread_ts = thread_of(core, room, args.text("thread_ts"))
        compose(core, room, args.text("initial_comment") or "", (), thread_ts=thread_ts, files=shown)
    return {"files": shown}


METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, ("files:write",), form_only=True),
    "files.completeUploadExternal": Method(complete_upload, ("files:write",)),
}
