"""The endpoints as MCP tools, called by a real client; skipped without the mcp package."""

import asyncio
import json

import pytest

pytest.importorskip("mcp", reason="MCP is optional: pip install 'gradio[mcp]'")

from paths import SEVEN
from servers import free_port

from audioclf.ui.page import build_demo, launch_settings


@pytest.fixture
def tools(fake_zoo):
    """Address of the tools of a page that serves fake models."""
    page = build_demo(fake_zoo)
    _, url, _ = page.launch(
        server_port=free_port(), mcp_server=True, prevent_thread_lock=True, **launch_settings()
    )
    yield f"{url}gradio_api/mcp/"
    page.close()


async def talk(address: str, *calls: tuple[str, dict]) -> tuple[dict, list]:
    """The tools by name, and the answers to these calls."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(address) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        listed = {tool.name: tool for tool in (await session.list_tools()).tools}
        return listed, [await session.call_tool(name, values) for name, values in calls]


def test_the_tools_are_the_endpoints_described_and_they_answer(tools):
    sound = tools.split("gradio_api")[0] + "gradio_api/file=" + str(SEVEN)
    listed, (models, refused) = asyncio.run(
        talk(tools, ("models", {"task": "digits"}), ("analyse", {"audio": sound, "task": "weather"}))
    )
    assert {"analyse", "models"} <= set(listed)
    assert all(len(tool.description) > 100 for tool in listed.values())
    assert "probability of every label" in listed["analyse"].description
    assert set(listed["analyse"].inputSchema["properties"]) == {"audio", "task"}
    assert "digits-cnn" in json.dumps([content.model_dump(mode="json") for content in models.content])
    assert refused.isError
