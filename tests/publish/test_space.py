"""The Space: its folder runs on its own, and a push reports every stage."""

import json
import os
import shutil
import sys
import urllib.request

import pytest
from fake_hub import Trouble, files_of
from gradio_client import Client, handle_file
from paths import ROOT, SEVEN
from requirements import pins
from servers import served

from audioclf.publish import space
from audioclf.types import ZooError
from audioclf.zoo.writing import build_index

NEEDLESS = ("tests", "benchmarks", "docs", "__pycache__", ".venv", ".git", "runs", "data")
NAME = "me/demo"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the Space, built once; it is for reading."""
    out = tmp_path_factory.mktemp("space") / "built"
    space.build(out)
    return out


@pytest.fixture(scope="module")
def files(folder):
    return files_of(folder)


# The folder


def test_it_has_all_needed_files_and_no_others(files):
    needed = (
        "app.py",
        "requirements.txt",
        "README.md",
        "zoo/index.json",
        "audioclf/ui/static/style/base.css",
    )
    assert set(needed) <= set(files)
    clips = {path for path in SEVEN.parent.iterdir() if path.suffix in {".wav", ".flac"}}
    assert {path.relative_to(ROOT).as_posix() for path in clips} <= set(files)
    assert "audioclf/examples/examples.json" in files
    assert not {name.split("/")[0] for name in files} & set(NEEDLESS)
    assert not [name for name in files if "__pycache__" in name or name.endswith(".pyc")]
    assert sum(map(len, files.values())) < 100e6


def test_its_page_has_the_metadata_of_space_yaml(files):
    import yaml

    wanted = yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))
    read = space.metadata(files["README.md"].decode())
    assert {key: read[key] for key in wanted} == wanted
    assert f"# {wanted['title']}" in files["README.md"].decode()


def test_its_requirements_are_ours_without_a_gpu(files):
    first, rest = files["requirements.txt"].decode().split("\n", 1)
    assert first.startswith("--extra-index-url") and first.endswith("/cpu")
    assert rest == (ROOT / "requirements.txt").read_text("utf-8")


def test_every_model_is_there_byte_for_byte(files):
    index = json.loads(files["zoo/index.json"])
    for model, entry in index["models"].items():
        for name in entry["files"]:
            assert files[f"zoo/{model}/{name}"] == (ROOT / "zoo" / model / name).read_bytes()


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("sdk: docker", "sdk is 'docker'"),
        ("sdk: gradio\nsdk_version: 5.0.0", "sdk_version"),
        ("sdk: gradio\nsdk_version: {gradio}\napp_file: main.py", "app_file"),
        ("sdk: gradio\nsdk_version: {gradio}\napp_file: app.py\npython_version: '3.8'", "python_version"),
        ("- a list\n- of things", "cannot be read"),
    ],
)
def test_metadata_that_the_hub_would_refuse_is_named(files, card, words):
    page = f"---\n{card.format(**pins('requirements.txt'))}\n---\n"
    with pytest.raises(space.SpaceError, match=rf"space\.yaml:? {words}"):
        space.check({**files, "README.md": page.encode()})


def test_a_space_that_is_too_large_says_what_to_do(files, monkeypatch):
    monkeypatch.setattr(space, "MAX_BYTES", 1000)
    with pytest.raises(space.SpaceError, match="zoo push"):
        space.check(files)


def test_a_damaged_model_is_not_published(tmp_path):
    for name in (*space.PLAIN, "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    model = "digits-gmm"
    shutil.copytree(ROOT / "zoo" / model, tmp_path / "zoo" / model)
    build_index(tmp_path / "zoo")
    space.render(tmp_path)
    (tmp_path / "zoo" / model / "config.json").write_text("{}")
    with pytest.raises(space.SpaceError, match=r"config\.json does not match the index"):
        space.render(tmp_path)


def test_outside_a_checkout_it_says_what_is_missing(tmp_path):
    with pytest.raises(space.SpaceError, match=r"no app\.py .* checkout"):
        space.render(tmp_path)


def test_a_second_build_removes_old_files(tmp_path):
    space.build(tmp_path / "space")
    (tmp_path / "space" / "audioclf" / "old.py").touch()
    assert space.build(tmp_path / "space") == files_of(tmp_path / "space")


def test_a_folder_that_is_no_build_is_not_overwritten(tmp_path):
    (tmp_path / "README.md").write_text("my notes")
    with pytest.raises(space.SpaceError, match="neither empty nor an earlier build"):
        space.build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_a_dry_run_writes_and_uploads_nothing(cli, tmp_path, online):
    for words in (("build", "--out", tmp_path / "space"), ("push", NAME)):
        status, out, _ = cli("space", *words, "--dry-run")
        assert status == 0 and "zoo/" in out and "nothing was" in out
    assert not (tmp_path / "space").exists() and not online.requests


def test_the_folder_serves_the_demo_on_its_own(folder, tmp_path):
    """Without this checkout on the path, and with an empty home directory."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "AUDIOCLF_ZOO")}
    environment.update(
        HOME=str(tmp_path), GRADIO_TEMP_DIR=str(tmp_path / "gradio"), PYTHONDONTWRITEBYTECODE="1"
    )
    with served([sys.executable, "-s", "app.py"], folder, tmp_path / "log", environment) as url:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            assert json.load(answer)["status"] == "ok"
        client = Client(url, verbose=False, httpx_kwargs={"timeout": 120})
        records = client.predict(handle_file(SEVEN), "digits", api_name="/analyse")
        assert {record["label"] for record in records} == {"seven"} and len(records) == 3


# The push


@pytest.fixture
def logged_in(online, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", online.token)
    return online


def patience(seconds: float = 100.0) -> space.Patience:
    """A `Patience` with a simulated clock, which only `sleep` advances."""
    now = [0.0]
    return space.Patience(seconds, 5.0, lambda s: now.__setitem__(0, now[0] + s), lambda: now[0])


def test_a_push_makes_the_space_and_uploads_every_file(logged_in, folder, files):
    commit = space.push(folder, NAME)
    there = logged_in.repos[NAME].commits[commit]
    assert {**there, **files} == there


def test_a_second_push_removes_deleted_files(logged_in, tmp_path):
    for name in ("kept.py", "deleted.py"):
        (tmp_path / name).write_text("")
    space.push(tmp_path, NAME)
    (tmp_path / "deleted.py").unlink()
    assert set(logged_in.repos[NAME].commits[space.push(tmp_path, NAME)]) - {".gitattributes"} == {"kept.py"}


def test_a_private_space_is_private(logged_in, tmp_path):
    (tmp_path / "app.py").write_text("")
    space.push(tmp_path, NAME, private=True)
    assert logged_in.repos[NAME].private


def test_without_a_token_the_error_says_how_to_log_in(online, tmp_path):
    with pytest.raises(ZooError, match="hf auth login"):
        space.push(tmp_path, NAME)


def test_the_error_for_a_paid_plan_says_so(logged_in, tmp_path):
    logged_in.troubles.append(Trouble("/api/repos/create", status=402))
    with pytest.raises(ZooError, match="paid plan"):
        space.push(tmp_path, NAME)


def test_every_change_of_stage_is_reported_once(logged_in):
    said = []
    logged_in.stages = [("BUILDING", None), ("BUILDING", None), ("APP_STARTING", None), ("RUNNING", "new")]
    address = space.wait(NAME, "new", said.append, patience())
    assert said == ["building", "app starting", "running"]
    assert address == f"{logged_in.url}/spaces/{NAME}"


def test_the_previous_version_still_running_is_not_mistaken_for_the_new_one(logged_in):
    said = []
    logged_in.stages = [("RUNNING", "old"), ("RUNNING_BUILDING", "old"), ("RUNNING", "new")]
    space.wait(NAME, "new", said.append, patience())
    assert said == ["running the previous version", "running building", "running"]


@pytest.mark.parametrize("stage", space.FAILED)
def test_a_space_that_fails_names_its_logs(logged_in, stage):
    logged_in.stages = [("BUILDING", None), (stage, None)]
    with pytest.raises(space.SpaceError, match=f"{stage}; .*/spaces/{NAME}.logs=build"):
        space.wait(NAME, "new", lambda stage: None, patience())


def test_waiting_for_a_space_ends_at_the_time_limit(logged_in):
    logged_in.stages = [("BUILDING", None)]
    with pytest.raises(space.SpaceError, match="still BUILDING after 2 minutes"):
        space.wait(NAME, "new", lambda stage: None, patience(120.0))


def test_waiting_goes_on_after_an_error_of_the_hub(logged_in):
    logged_in.stages = [("BUILDING", None), ("RUNNING", "new")]
    logged_in.troubles.append(Trouble("/runtime", status=503, times=1))
    assert space.wait(NAME, "new", lambda stage: None, patience())


def test_the_command_pushes_waits_and_prints_the_address(cli, logged_in):
    logged_in.stages = [("RUNNING", None)]
    status, out, _ = cli("space", "push", NAME)
    assert status == 0
    assert out.rstrip().endswith(f"the demo is at {logged_in.url}/spaces/{NAME}")


def test_an_invalid_name_is_refused_before_the_build(cli, online):
    status, _, said = cli("space", "push", "just-a-name")
    assert status == 1 and "just-a-name" in said and not online.requests
