"""What a host installs: every package of the demo is locked with hashes, and the container is built from the lock."""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from paths import ROOT
from requirements import pins

LOCK = (ROOT / "requirements.lock").read_text("utf-8")
BASE = re.compile(r"python:3\.1[1-3]\.\d+-slim-\w+( AS \w+)?")
CPU_ONLY = re.compile(
    r"torch(audio)?|triton|nvidia-.*|cuda-.*"
)  # what the container has another build of, or none


def locked() -> list[tuple[Requirement, list[str]]]:
    """Requirements, some for certain Pythons or systems only, and their hashes."""
    lines = LOCK.replace("\\\n", " ").splitlines()
    found = [re.split(r"\s+--hash=", line.strip()) for line in lines if line and not line.startswith("#")]
    return [(Requirement(wanted), hashes) for wanted, *hashes in found]


def names() -> set[str]:
    return {requirement.name for requirement, _ in locked()}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_is_pinned_with_the_hashes_of_its_files():
    assert len(names()) > 50
    for requirement, hashes in locked():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)) and requirement.url is None
        assert hashes and all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)
        assert len(set(hashes)) == len(hashes)


def test_the_lock_pins_what_the_requirements_ask_for():
    """If not: make lock."""
    asked = {(plain(name), f"=={version}") for name, version in pins("requirements.txt").items()}
    assert asked <= {(one.name, str(one.specifier)) for one, _ in locked()}
    for name, version in asked:
        assert {str(one.specifier) for one, _ in locked() if one.name == name} == {version}


def test_the_lock_names_no_server():
    assert "://" not in LOCK and "--index" not in LOCK and "--find-links" not in LOCK


def test_the_lock_is_complete_for_this_machine():
    """What the demo installs here, and what that needs in turn, has a hash."""
    from importlib.metadata import requires

    asked = list(pins("requirements.txt"))
    for name in asked:
        for needed in map(Requirement, requires(name) or ()):
            wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
            if wanted and needed.name not in asked:
                asked.append(needed.name)
    assert set(map(plain, asked)) <= names()


# The container ----------------------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    """(instruction, arguments) of the Dockerfile, with continued lines joined."""
    text = "\n".join(
        line
        for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines()
        if not line.lstrip().startswith("#")
    )
    joined = re.sub(r"\\\n\s*", " ", text)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def last_stage() -> list[tuple[str, str]]:
    every = instructions()
    return every[max(i for i, (name, _) in enumerate(every) if name == "FROM") :]


def copied() -> list[str]:
    """What is copied from the checkout."""
    return [source for rest in arguments("COPY") if "--from" not in rest for source in rest.split()[:-1]]


def test_the_container_is_built_in_two_stages_on_pinned_images():
    assert len(arguments("FROM")) == 2 and all(BASE.fullmatch(image) for image in arguments("FROM"))
    assert len({image.split()[0] for image in arguments("FROM")}) == 1
    kept = [rest for name, rest in last_stage() if name == "COPY" and "--from=build" in rest]
    assert kept == ["--from=build /opt/venv /opt/venv"]


def test_the_container_runs_as_a_user_without_rights_and_says_whether_it_is_well():
    steps = dict(last_stage())
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", steps["USER"])
    order = [name for name, _ in last_stage()]
    assert "RUN" not in order[order.index("USER") :]
    assert "/healthz" in steps["HEALTHCHECK"]
    assert json.loads(steps["ENTRYPOINT"]) == ["python", "app.py"]  # not a shell, which would keep SIGTERM


def test_the_container_takes_nothing_unchecked():
    assert not arguments("ADD")
    runs = " ".join(arguments("RUN"))
    assert not re.search(r"curl|wget|apt|sudo|chmod", runs)
    installs = [part for part in runs.split("/opt/venv/bin/pip ")[1:]]
    by_hash = [part for part in installs if "--require-hashes" in part]
    (rest,) = [part for part in installs if part not in by_hash]
    assert by_hash and "--no-deps" in rest
    own = dict(re.findall(r"(torch\w*)==([\d.]+)", rest))
    assert own == {name: pins("requirements.txt")[name] for name in ("torch", "torchaudio")}


@pytest.mark.skipif(shutil.which("awk") is None, reason="awk is missing")
def test_the_container_installs_all_of_the_lock_but_pytorch_and_cuda(tmp_path):
    (program,) = [
        word for run in arguments("RUN") if "cpu.lock" in run for word in shlex.split(run) if "keep" in word
    ]
    done = subprocess.run(
        ["awk", program, str(ROOT / "requirements.lock")], capture_output=True, text=True, check=True
    )
    kept = set(re.findall(r"(?m)^([\w.-]+)==", done.stdout))
    assert names() - kept == {name for name in names() if CPU_ONLY.fullmatch(name)}
    n_hashes = sum(len(hashes) for one, hashes in locked() if one.name in kept)
    assert done.stdout.count("--hash=") == n_hashes


def test_the_container_gets_what_it_copies_and_nothing_else():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines and allowed == {source.rstrip("/") for source in copied()}
    assert all((ROOT / source).exists() for source in copied())
    assert any(fnmatch("audioclf/ui/__pycache__", line.replace("**", "*")) for line in lines)


def test_the_demo_starts_with_what_the_container_copies(tmp_path):
    for source in copied():
        if source != "requirements.lock":
            (tmp_path / source).symlink_to(ROOT / source)
    done = subprocess.run(
        [sys.executable, "app.py", "--help"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "--max-visitors" in done.stdout


# Known faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        ("", 0, "cannot be reached"),
        ('{"dependencies": [{"name": "a", "skip_reason": "no"}]}', 0, "cannot be reached"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}',
            0,
            "1 of 1 locked packages audited",
        ),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}',
            1,
            "a 1: X-1, mended in 2",
        ),
    ],
)
def test_an_audit_fails_for_known_faults_only(monkeypatch, capsys, answer, status, words):
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    audit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(audit)
    monkeypatch.setattr(audit, "COMMAND", [sys.executable, "-c", f"print({answer!r})"])
    assert audit.main() == status
    assert words in capsys.readouterr().out


def test_the_security_policy_says_how_to_report():
    text = Path(ROOT / "SECURITY.md").read_text("utf-8")
    assert "Report a vulnerability" in text and "docs/hosting.md" in text
