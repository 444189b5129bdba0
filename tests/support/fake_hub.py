"""A small Hugging Face Hub on this machine: what the real client asks of one, and the ways in which one can fail.

Repositories are dicts of files by commit. Weights are "lfs": they lie on a second origin that is redirected to.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Self
from urllib.parse import unquote, urlsplit

Files = dict[str, bytes]
LARGE, DRIP_SECONDS = 2_000_000_000, 0.05


@dataclass
class Repo:
    """Commits by their id, and branches and tags that point to them."""

    commits: dict[str, Files] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    private: bool = False

    def commit(self, files: Files, ref: str = "main") -> str:
        sha = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[sha] = files
        self.refs[ref] = sha
        return sha

    def resolve(self, revision: str) -> str | None:
        return self.refs.get(revision, revision if revision in self.commits else None)


@dataclass
class Trouble:
    """What happens to requests whose path holds `path`: a status with an error code, or something worse.

    hang: no answer; cut: half the body and no more; stall: half the body, then silence; corrupt: a changed byte,
    the same length; plain: the headers of any web server; large: LARGE bytes are promised; endless: nothing is
    promised, and zeros are sent for ever; drip: a byte now and then. times: how often. headers: sent in place of the
    hub's own.
    """

    path: str
    status: int = 0
    code: str = ""
    kind: str = ""
    times: int = 1000
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeHub:
    """requests: (method, path, with a token?) in order. token: what uploads, and reading what is private, need."""

    repos: dict[str, Repo] = field(default_factory=dict)
    requests: list[tuple[str, str, bool]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)
    stages: list[tuple[str, str | None]] = field(default_factory=list)
    token: str = "hf_secret"
    sent: int = 0  # bytes of troubles that send much

    def __enter__(self) -> Self:
        self.released = Event()
        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, self)) for _ in range(2)]
        for server in self.servers:
            server.daemon_threads = True
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url, self.store_url = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def add(self, name: str, files: Files, ref: str = "main") -> str:
        """A new commit of a repository, which is made if there is none. Its id."""
        return self.repos.setdefault(name, Repo()).commit(files, ref)

    def paths(self) -> list[str]:
        return [path for _, path, _ in self.requests]


def files_of(root: Path) -> Files:
    """All files below a folder, as a repository holds them."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def lfs(path: str) -> bool:
    return path.endswith(".safetensors")


def etag(path: str, data: bytes) -> str:
    git = b"blob %d\0" % len(data) + data
    return hashlib.sha256(data).hexdigest() if lfs(path) else hashlib.sha1(git).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """One request. The routes at the end of the file say which method answers what."""

    protocol_version = "HTTP/1.1"

    def __init__(self, hub: FakeHub, *args: object) -> None:
        self.hub = hub
        self.trouble: Trouble | None = None
        super().__init__(*args)

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        self.path = unquote(address.path)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.known = self.headers.get("authorization") == f"Bearer {self.hub.token}"
        with_token = "authorization" in self.headers
        self.hub.requests.append(
            (self.command, self.path + ("?" + address.query if address.query else ""), with_token)
        )
        self.wants_pr = "create_pr=1" in address.query
        if self.in_trouble():
            return
        for method, pattern, answer in ROUTES:
            if self.command in method.split() and (found := re.fullmatch(pattern, self.path)):
                answer(self, **found.groupdict())
                return
        self.fail(404, "")

    do_HEAD = do_POST = do_PUT = do_GET

    def in_trouble(self) -> bool:
        self.trouble = None  # a connection serves several requests
        trouble = next((t for t in self.hub.troubles if t.path in self.path and t.times), None)
        if not trouble or (trouble.kind in ("cut", "stall", "corrupt", "drip") and self.command == "HEAD"):
            return False
        trouble.times -= 1
        if trouble.kind == "hang":
            self.hub.released.wait(60)
            self.close_connection = True
        elif trouble.status:
            self.fail(trouble.status, trouble.code)
        else:
            self.trouble = trouble
        return trouble.kind == "hang" or bool(trouble.status)

    def send(self, data: bytes, status: int = 200, **headers: object) -> None:
        if self.trouble and self.trouble.kind == "corrupt":
            data = data[:-1] + bytes([data[-1] ^ 1])
        if self.trouble and self.trouble.kind == "plain":
            headers = {}
        size: dict[str, object] = {"Content-Length": len(data)}
        if self.trouble and self.trouble.kind == "large":
            size, headers = (
                {"Content-Length": LARGE},
                {**headers, **({"X_Linked_Size": LARGE} if status == 302 else {})},
            )
        if self.trouble and self.trouble.kind == "endless" and self.command == "GET":
            size = {} if status == 200 else size
        self.send_response(status)
        own = self.trouble.headers if self.trouble else {}
        for name, value in {**size, **headers, **own}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.trouble and self.trouble.kind in ("cut", "stall"):
            self.wfile.write(data[: len(data) // 2])
            self.hub.released.wait(60 if self.trouble.kind == "stall" else 0)
            self.close_connection = True
        elif self.trouble and self.trouble.kind in ("large", "endless") and status == 200:
            self.send_zeros()
        elif self.trouble and self.trouble.kind == "drip":
            for byte in data:
                self.wfile.write(bytes([byte]))
                if self.hub.released.wait(DRIP_SECONDS):
                    break
            self.close_connection = True
        else:
            self.wfile.write(data)

    def send_zeros(self) -> None:
        self.close_connection = True
        try:
            while not self.hub.released.is_set():
                self.wfile.write(bytes(1_000_000))
                self.hub.sent += 1_000_000
        except OSError:
            return  # the client has had enough

    def send_json(self, value: object, status: int = 200) -> None:
        self.send(json.dumps(value).encode(), status, Content_Type="application/json")

    def fail(self, status: int, code: str, **headers: object) -> None:
        self.send(b"{}", status, X_Error_Code=code, X_Error_Message=code or "no", **headers)

    def repo(self, name: str) -> Repo | None:
        """The repository, or None after an answer that there is none for this visitor."""
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not self.known):
            self.fail(404, "RepoNotFound")
            return None
        return repo

    def resolve(self, name: str, revision: str, path: str) -> None:
        if (repo := self.repo(name)) is None:
            return
        if (commit := repo.resolve(revision)) is None:
            return self.fail(404, "RevisionNotFound")
        if path not in repo.commits[commit]:
            return self.fail(404, "EntryNotFound", X_Repo_Commit=commit)
        data = repo.commits[commit][path]
        tags = {"ETag": f'"{etag(path, data)}"', "X_Repo_Commit": commit}
        if not lfs(path):
            return self.send(data, **tags)
        digest = etag(path, data)
        self.hub.uploads[digest] = data
        place = {"Location": f"{self.hub.store_url}/store/{digest}"}
        self.send(b"", 302, X_Linked_Etag=f'"{digest}"', X_Linked_Size=len(data), **tags, **place)

    def stored(self, digest: str) -> None:
        if self.command == "PUT":
            self.hub.uploads[digest] = self.body
            return self.send(b"")
        # A link that was signed for this file: whoever sends a token here gives it away.
        assert "authorization" not in self.headers
        self.send(self.hub.uploads[digest])

    def info(self, name: str, revision: str = "main") -> None:
        if (repo := self.repo(name)) is None:
            return
        if (commit := repo.resolve(revision)) is None and repo.commits:
            return self.fail(404, "RevisionNotFound")
        self.send_json({"id": name, "sha": commit, "siblings": []})

    def create(self) -> None:
        wanted = json.loads(self.body)
        name = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
        if not self.known:
            return self.fail(401, "")
        if name in self.hub.repos:
            return self.send_json({"url": f"{self.hub.url}/{name}"}, 409)
        self.hub.repos[name] = Repo(
            private="private" in (wanted.get("visibility"), wanted.get("private") and "private")
        )
        self.hub.repos[name].commit({".gitattributes": b""})
        self.send_json({"url": f"{self.hub.url}/{name}", "name": name})

    def preupload(self, name: str, revision: str) -> None:
        if (repo := self.repo(name)) is None:
            return
        if not self.known:
            return self.fail(401, "")
        now = repo.commits[repo.refs["main"]]
        files = [
            {
                "path": f["path"],
                "uploadMode": "lfs" if lfs(f["path"]) else "regular",
                "shouldIgnore": False,
                "oid": etag(f["path"], now[f["path"]]) if f["path"] in now else None,
            }
            for f in json.loads(self.body)["files"]
        ]
        self.send_json({"files": files})

    def lfs_batch(self, name: str) -> None:
        objects = [
            {**wanted, "actions": {"upload": {"href": f"{self.hub.store_url}/store/{wanted['oid']}"}}}
            for wanted in json.loads(self.body)["objects"]
        ]
        self.send_json({"transfer": "basic", "objects": objects})

    def commit(self, name: str, revision: str) -> None:
        if (repo := self.repo(name)) is None:
            return
        if not self.known:
            return self.fail(403, "")
        files = dict(repo.commits[repo.refs["main"]])
        for line in self.body.splitlines():
            operation = json.loads(line)
            value = operation["value"]
            if operation["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif operation["key"] == "deletedFile":
                del files[value["path"]]
            elif operation["key"] == "lfsFile":
                files[value["path"]] = self.hub.uploads[value["oid"]]
        sha = repo.commit(files, "refs/pr/1" if self.wants_pr else "main")
        url = f"{self.hub.url}/{name}"
        request = {"pullRequestUrl": f"{url}/discussions/1"} if self.wants_pr else {}
        self.send_json({"commitOid": sha, "commitUrl": f"{url}/commit/{sha}", **request})

    def tree(self, name: str, revision: str) -> None:
        if repo := self.repo(name):
            files = repo.commits[repo.resolve(revision)]
            self.send_json(
                [{"type": "file", "path": p, "size": len(d), "oid": etag(p, d)} for p, d in files.items()]
            )

    def runtime(self, name: str) -> None:
        """The stages of a Space, one each time it is asked; the last one stays."""
        stage, sha = self.hub.stages.pop(0) if len(self.hub.stages) > 1 else self.hub.stages[0]
        self.send_json({"stage": stage, "hardware": {"current": "cpu-basic"}, "sha": sha})

    def tag(self, name: str, revision: str) -> None:
        if (repo := self.repo(name)) is None:
            return
        wanted = json.loads(self.body)["tag"]
        if wanted in repo.refs:
            return self.fail(409, "")
        repo.refs[wanted] = repo.resolve(revision)
        self.send_json({})


MODEL = r"/api/(?:models|spaces)/(?P<name>[^/]+/[^/]+)"
ROUTES: tuple[tuple[str, str, Callable[..., None]], ...] = (
    (
        "GET HEAD",
        r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+|refs/pr/\d+)/(?P<path>.+)",
        Handler.resolve,
    ),
    ("GET PUT", r"/store/(?P<digest>\w+)", Handler.stored),
    (
        "GET",
        MODEL + r"(?:/revision/(?P<revision>.+))?",
        lambda h, name, revision: h.info(name, revision or "main"),
    ),
    ("POST", r"/api/repos/create", Handler.create),
    ("POST", r"/api/validate-yaml", lambda h: h.send_json({"errors": [], "warnings": []})),
    ("POST", MODEL + r"/preupload/(?P<revision>.+)", Handler.preupload),
    ("POST", r"/(?:spaces/)?(?P<name>[^/]+/[^/]+)\.git/info/lfs/objects/batch", Handler.lfs_batch),
    ("POST", MODEL + r"/commit/(?P<revision>.+)", Handler.commit),
    ("GET", MODEL + r"/tree/(?P<revision>.+)", Handler.tree),
    ("GET", MODEL + r"/runtime", Handler.runtime),
    ("POST", MODEL + r"/tag/(?P<revision>.+)", Handler.tag),
)
