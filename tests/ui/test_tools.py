"""Calls of MCP tools count for their caller, and their files for the room; nobody else can claim to be the server."""

import logging
from types import SimpleNamespace

import pytest
from asking import HERE, ask

from audioclf.types import AudioclfError
from audioclf.ui import visitor
from audioclf.ui.addresses import ASKING
from audioclf.ui.exchange import MAX_FILES
from audioclf.ui.guard import API, Access
from audioclf.ui.tools import CALLER, IS_OWN, OWN, NoDetails, Own, mend, plain_schema

DEFS = {
    "FileData": {"type": "object", "properties": {"meta": {"$ref": "#/$defs/Meta"}}},
    "Meta": {"const": 1},
}
SOUND = "data:audio/flac;base64," + "A" * 400
PLACES = [["audio"], ["enrol", "items"]]


def asking(own, *headers):
    """Whose a request is taken to be, with these headers."""
    seen = []

    async def app(scope, receive, send):
        seen.append((ASKING.get(), scope["client"][0]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask("GET", "/config", (HERE, *headers), app=app, address="127.0.0.1", own=own)
    return seen[0]


def test_a_request_of_the_server_is_its_callers_and_of_nobody_else():
    own, caller = Own(), (CALLER.encode(), b"10.0.0.7")
    assert asking(own, (OWN.encode(), own.secret.encode()), caller) == ("10.0.0.7", "10.0.0.7")
    assert asking(own, (OWN.encode(), b"guessed"), caller) == ("127.0.0.1", "127.0.0.1")
    assert asking(own, caller) == ("127.0.0.1", "127.0.0.1")


def test_the_servers_own_uploads_count_for_its_callers_only():
    from audioclf.ui.recordings import Shares

    own, path = Own(), f"{API}/upload"
    form = (HERE, (b"content-type", b"multipart/form-data; boundary=x"))
    given = {"own": own, "shares": Shares(limit=1), "access": Access(mcp=True)}
    assert ask("POST", path, form, **given)[0] == 507
    assert ask("POST", path, (*form, (OWN.encode(), own.secret.encode())), **given)[0] == 200


def test_behind_a_login_the_servers_own_requests_pass_and_no_others():
    given = {"own": Own(), "access": Access(login=True, mcp=True)}
    own = (OWN.encode(), given["own"].secret.encode())
    for path in (f"{API}/queue/data", f"{API}/info"):
        assert ask("GET", path, (HERE, own), **given)[0] == 200
        assert ask("GET", path, (HERE, (OWN.encode(), b"guessed")), **given)[0] == 401
    assert ask("POST", f"{API}/mcp/", (HERE,), **given)[0] == 401


def test_each_call_of_a_tool_is_a_session_of_its_own(monkeypatch):
    def here(call, **scope):
        request = SimpleNamespace(scope=scope, client=SimpleNamespace(host="10.0.0.7"))
        event = SimpleNamespace(session_hash="shared", _id=call, request=request, alive=True)
        monkeypatch.setattr(visitor, "_event", lambda: event)
        return visitor.here().session

    assert here("a", **{IS_OWN: True}) != here("b", **{IS_OWN: True})
    assert here("a") == here("b") == "shared"


def fake_server(address="10.0.0.7"):
    """What of Gradio's MCP server is changed, while a request of this address is in hand."""
    request = SimpleNamespace(client=SimpleNamespace(host=address))
    return SimpleNamespace(
        api_info={
            "named_endpoints": {"/a": {"parameters": [{"type": {"$defs": DEFS, "$ref": "#/$defs/Meta"}}]}}
        },
        _prepare_tool_call_args=lambda name, arguments: (name, [], {CALLER: "forged"}, None),
        _client_instance=None,
        local_url="http://127.0.0.1:7860/",
        mcp_server=SimpleNamespace(request_context=SimpleNamespace(request=request)),
    )


@pytest.fixture
def kept():
    """What was counted: addresses and bytes."""
    return []


@pytest.fixture
def server(kept):
    found = fake_server()
    mend(found, Own("secret"), lambda who, n: kept.append((who, n)) or len(kept) < 50)
    return found


def test_a_call_says_whose_it_is(server, monkeypatch):
    monkeypatch.setattr("gradio.mcp.Client", lambda url, headers, **_: SimpleNamespace(headers=headers))
    assert server._prepare_tool_call_args("a", {})[2] == {CALLER: "10.0.0.7"}
    assert server._get_or_create_client().headers[OWN] == "secret"
    assert server.api_info["named_endpoints"]["/a"]["parameters"] == [{"type": {"const": 1}}]


def test_files_of_a_call_count_for_its_caller_and_their_number_is_bounded(
    server, kept, monkeypatch, tmp_path
):
    pytest.importorskip("mcp")
    monkeypatch.setattr("gradio.mcp.DEFAULT_TEMP_DIR", str(tmp_path))
    found = server.convert_strings_to_filedata({"audio": SOUND, "enrol": [SOUND], "task": SOUND}, PLACES)
    assert found["task"] == SOUND
    assert found["audio"]["meta"] == found["enrol"][0]["meta"] == {"_type": "gradio.FileData"}
    assert {who for who, _ in kept} == {"10.0.0.7"}
    assert sum(n for _, n in kept) >= 2 * 2 * 300  # two files, each kept twice


def test_too_many_files_and_no_room_are_refused_before_anything_is_written(server, kept, monkeypatch):
    with pytest.raises(AudioclfError, match="at most"):
        server.convert_strings_to_filedata({"enrol": [SOUND] * (MAX_FILES + 1)}, PLACES)
    kept.extend([("", 0)] * 50)
    with pytest.raises(AudioclfError, match="no room"):
        server.convert_strings_to_filedata({"audio": SOUND}, PLACES)


@pytest.mark.parametrize("given", ["/etc/passwd", "file:///etc/passwd", ""])
def test_what_is_no_sound_is_not_repeated(server, given, monkeypatch):
    pytest.importorskip("mcp")
    with pytest.raises(AudioclfError) as refused:
        server.convert_strings_to_filedata({"audio": given}, PLACES)
    assert "passwd" not in str(refused.value)


def test_references_in_a_schema_are_replaced_wherever_they_are():
    many = {"type": "array", "items": {"$ref": "#/$defs/FileData"}, "$defs": DEFS}
    assert plain_schema(many) == {
        "type": "array",
        "items": {"type": "object", "properties": {"meta": {"const": 1}}},
    }


def test_the_log_has_one_line_without_what_was_sent():
    record = logging.LogRecord(
        "root", logging.WARNING, "/x/mcp/shared/session.py", 7, "bad\n %s", ("SENT",), None
    )
    other = logging.LogRecord("root", logging.WARNING, "/x/own.py", 7, "kept %s", ("this",), None)
    assert NoDetails().filter(record) and NoDetails().filter(other)
    assert record.getMessage() == "MCP failed: session.py:7"
    assert other.getMessage() == "kept this"
