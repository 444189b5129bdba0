"""The endpoints as MCP tools, called by a real client; skipped without the mcp package."""

import asyncio
import base64
import json
import os
import sys

import pytest

pytest.importorskip("mcp", reason="MCP is optional: pip install 'gradio[mcp]'")

from paths import SEVEN
from servers import served

SOUND = "data:audio/wav;base64," + base64.b64encode(SEVEN.read_bytes()).decode()


EVERY = {
    "analyse": {"audio": ""},
    "models": {},
    "stress": {"audio": "", "stress": "reverb"},
    "explain": {"audio": ""},
    "transcribe": {"audio": ""},
    "verify": {"enrol": ["", ""], "test": ""},
}


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """Address of the tools of the page as it is served."""
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-P", "-m", "audioclf", "demo", "--mcp", "--workers", "0"]
    with served(command, folder, folder / "log", {**os.environ, "GRADIO_TEMP_DIR": str(folder)}) as url:
        yield f"{url}/gradio_api/mcp/"


async def talk(address: str, *calls: tuple[str, dict]) -> tuple[dict, list]:
    """The tools by name, and the answers to these calls."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(address) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
        return listed, [await session.call_tool(name, values) for name, values in calls]


def test_the_tools_are_the_endpoints_described_and_they_answer(tools):
    models, refused = (("models", {"task": "digits"}), ("analyse", {"audio": SOUND, "task": "weather"}))
    listed, (models, refused) = asyncio.run(talk(tools, models, refused))
    assert {"analyse", "models"} <= set(listed)
    assert all(len(tool.description) > 100 for tool in listed.values())
    assert "probability of every label" in listed["analyse"].description
    assert set(listed["analyse"].inputSchema["properties"]) == {"audio", "task"}
    assert "digits-cnn" in json.dumps([content.model_dump(mode="json") for content in models.content])
    assert refused.isError


def filled(value):
    """The arguments of a call with a sound in place of each empty text."""
    if isinstance(value, dict):
        return {name: filled(one) for name, one in value.items()}
    return [filled(one) for one in value] if isinstance(value, list) else value or SOUND


@pytest.mark.parametrize("name", EVERY)
def test_every_tool_answers(tools, name):
    listed, (found,) = asyncio.run(talk(tools, (name, filled(EVERY[name]))))
    assert set(listed) == set(EVERY)
    assert not found.isError, found.content
    assert "model" in found.content[0].text
