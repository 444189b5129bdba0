"""Gradio's MCP server, mended: every tool can be called, and a call counts for its caller, as other requests do.

The server calls this machine again with each call. These requests of its own are known by a secret, and say whose
they are; nobody else can.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from audioclf.types import AudioclfError
from audioclf.ui.addresses import household
from audioclf.ui.exchange import MAX_FILES, Scope
from audioclf.ui.failures import summary
from audioclf.wording import text

OWN, CALLER = "x-audioclf-own", "x-audioclf-caller"  # headers: the secret, and the address of who calls
IS_OWN = "audioclf.own"  # in the scope of a request
FILE = {"meta": {"_type": "gradio.FileData"}}  # by which Gradio's client knows a file
REFERENCE = "#/$defs/"
COPIES = 2  # of a file given in a call: one is written here, and one uploaded


@dataclass(frozen=True)
class Own:
    """How requests of the MCP server to its own machine are known."""

    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def claim(self, scope: Scope) -> bool:
        """Whether a request is the MCP server's own; then it comes from the caller whom it names, if any."""
        headers = dict(scope["headers"])
        if not compare_digest(headers.get(OWN.encode(), b""), self.secret.encode()):
            return False
        if caller := headers.get(CALLER.encode()):
            scope["client"] = (caller.decode("latin-1"), 0)
        return True


def mend(server: Any, own: Own, keep: Callable[[str, int], bool]) -> None:
    """Change a GradioMCPServer. keep: whether an address may keep so many more bytes, which then count."""
    for endpoint in server.api_info["named_endpoints"].values():
        for parameter in endpoint["parameters"]:
            parameter["type"] = plain_schema(parameter["type"])
    prepared = server._prepare_tool_call_args

    def who() -> str:
        client = server.mcp_server.request_context.request.client
        return household(client.host) if client else ""

    def prepare(name: str, arguments: dict[str, Any]) -> Any:
        endpoint, values, headers, fn = prepared(name, arguments)
        return endpoint, values, {**headers, CALLER: who()}, fn

    def get_client() -> Any:
        if server._client_instance is None:
            server._client_instance = _client(server.local_url, own.secret)
        return server._client_instance

    def convert(value: Any, positions: list[list[str | int]]) -> Any:
        places = [tuple(step for step in place if step != "anyOf") for place in positions]
        given = list(_given(value, places))
        n_bytes = [len(sound) * 3 // 4 for sound in given if sound.startswith("data:")]
        if len(given) > MAX_FILES:
            raise AudioclfError(text("server.many_files", n=MAX_FILES))
        if not all(keep(who(), n) for n in n_bytes * COPIES):
            raise AudioclfError(text("server.no_room"))
        return _converted(value, places)

    server._prepare_tool_call_args, server._get_or_create_client = prepare, get_client
    server.convert_strings_to_filedata = convert


def _client(address: str, secret: str) -> Any:
    """What Gradio's server makes, but known as its own from the first request on."""
    from gradio.mcp import Client

    return Client(
        address,
        download_files=False,
        verbose=False,
        analytics_enabled=False,
        ssl_verify=False,
        _skip_components=False,
        headers={"x-gradio-user": "mcp", OWN: secret},
    )


def plain_schema(schema: Any, known: dict[str, Any] | None = None) -> Any:
    """A JSON schema without references: MCP puts it into another one, where they would point to nothing."""
    if isinstance(schema, list):
        return [plain_schema(one, known) for one in schema]
    if not isinstance(schema, dict):
        return schema
    known = {**(known or {}), **schema.get("$defs", {})}
    if str(schema.get("$ref", "")).startswith(REFERENCE):
        return plain_schema(known[schema["$ref"].removeprefix(REFERENCE)], known)
    return {key: plain_schema(one, known) for key, one in schema.items() if key != "$defs"}


def _is_sound(path: tuple[str | int, ...], places: list[tuple[str | int, ...]]) -> bool:
    """Whether a file may be here. In places, "items" stands for any number in a list."""
    return tuple("items" if isinstance(step, int) else step for step in path) in places


def _given(value: Any, places: list[tuple[str | int, ...]], path: tuple[str | int, ...] = ()) -> Any:
    """The files in the arguments of a call, as text."""
    if isinstance(value, str) and _is_sound(path, places):
        yield value
    for step, one in _parts(value):
        yield from _given(one, places, (*path, step))


def _converted(value: Any, places: list[tuple[str | int, ...]], path: tuple[str | int, ...] = ()) -> Any:
    """The arguments of a call, with files as Gradio's client takes them."""
    if isinstance(value, str) and _is_sound(path, places):
        return _file(value)
    parts = [(step, _converted(one, places, (*path, step))) for step, one in _parts(value)]
    if isinstance(value, dict):
        return dict(parts)
    return [one for _, one in parts] if isinstance(value, list) else value


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _file(given: str) -> Any:
    from gradio.mcp import DEFAULT_TEMP_DIR
    from gradio.processing_utils import save_base64_to_cache

    if given.startswith("data:"):
        try:
            return {**FILE, "path": save_base64_to_cache(given, DEFAULT_TEMP_DIR)}
        except (ValueError, OSError) as error:
            raise AudioclfError(text("server.no_sound_given")) from error
    if given.startswith(("http://", "https://")):
        return {**FILE, "path": given}
    raise AudioclfError(text("server.no_sound_given"))


class NoDetails(logging.Filter):
    """Lets the MCP package tell a failure in one line, without what a visitor sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record is changed."""
        if "/mcp/" in record.pathname.replace("\\", "/"):
            error = record.exc_info[1] if record.exc_info else None
            place = summary(error) if error else f"{record.module}.py:{record.lineno}"
            record.msg, record.args = "MCP failed: %s", (place,)
            record.exc_info = record.exc_text = None
        return True


def keep_tools_log_short() -> None:
    """Let the MCP package, once it is imported, log one line for each request that fails."""
    logging.getLogger().addFilter(NoDetails())
    for name in list(logging.root.manager.loggerDict):
        if name == "mcp" or name.startswith("mcp."):
            logging.getLogger(name).addFilter(NoDetails())
