"""What a hub may name its files and commits: the client makes paths of these names, in which it writes."""

import re
from typing import Any

from audioclf.types import ZooError

PLAIN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
OF_FILES = ("ETag", "X-Linked-Etag")  # the client reads them in answers to HEAD only
OF_COMMIT = "X-Repo-Commit"


def watch_answers(session: Any) -> None:
    """Let a session of huggingface_hub refuse names that are no plain hash, before the client uses them."""
    hooks = session.event_hooks
    if check not in hooks["response"]:
        session.event_hooks = {**hooks, "response": [*hooks["response"], check]}


def check(response: Any) -> None:
    """ZooError for an answer with a name that is no plain hash."""
    given = {name: response.headers[name] for name in (*OF_FILES, OF_COMMIT) if name in response.headers}
    for name, value in given.items():
        if name in OF_FILES:
            value = value.removeprefix("W/").removeprefix('"').removesuffix('"')
        if not PLAIN.fullmatch(value) and (name == OF_COMMIT or response.request.method == "HEAD"):
            raise ZooError(
                f"{response.url.host} answers with an unusable {name}; check HF_ENDPOINT and the proxy"
            )
