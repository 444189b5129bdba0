"""A client of the page's endpoint /analyse that costs next to no processor time."""

import asyncio
import json
import re

PATIENCE_SECONDS = 60.0
BOUNDARY = "a-boundary-of-parts"
HEAD = (
    "{method} /gradio_api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    "Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
)


class NoAnswer(Exception):
    """The server refused, or gave an error instead of an answer."""


async def answer(port: int, sound: bytes) -> None:
    """Upload the sound and wait until it is analysed. NoAnswer or OSError if it is not."""
    part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="sound.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    body = part.encode() + sound + f"\r\n--{BOUNDARY}--\r\n".encode()
    reply = await _ask(port, "POST", "upload", body, f"multipart/form-data; boundary={BOUNDARY}")
    (path,) = json.loads(_json(reply))
    given = {"path": path, "meta": {"_type": "gradio.FileData"}}
    asked = json.dumps({"data": [given, "digits"]}).encode()
    reply = await _ask(port, "POST", "call/analyse", asked)
    event = json.loads(_json(reply))["event_id"]
    reply = await _ask(port, "GET", f"call/analyse/{event}")
    if b"event: complete" not in reply:
        raise NoAnswer(reply[-300:].decode("utf-8", "replace").strip())


async def _ask(port: int, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
    async with asyncio.timeout(PATIENCE_SECONDS):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            head = HEAD.format(method=method, path=path, port=port, kind=kind, length=len(body))
            writer.write(head.encode() + body)
            reply = await reader.read()
        finally:
            writer.close()
    status = reply.split(b"\r\n", 1)[0]
    if not re.match(rb"HTTP/1.1 200", status):
        raise NoAnswer(f"{path}: {status.decode()}")
    return reply


def _json(reply: bytes) -> str:
    """The JSON value in a reply, whose body may come in chunks."""
    found = re.search(r"[\[{].*[\]}]", reply.partition(b"\r\n\r\n")[2].decode(), re.DOTALL)
    if not found:
        raise NoAnswer(reply[-300:].decode("utf-8", "replace"))
    return found[0]
