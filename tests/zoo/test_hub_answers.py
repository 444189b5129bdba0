"""A hub cannot make the client write outside its cache."""

from types import SimpleNamespace

import pytest
from fake_hub import Trouble

from audioclf.types import ZooError
from audioclf.zoo import hub
from audioclf.zoo.hub_answers import check

REPO = "anna/zoo"
COMMIT = "b" * 40


def all_files(root):
    return {path for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("header", ["ETag", "X_Linked_Etag", "X_Repo_Commit"])
@pytest.mark.parametrize("name", ["{root}/victim", "../../../../victim", "a/b", "..", "", "a\\b"])
def test_names_that_are_paths_are_refused_before_anything_is_written(online, tmp_path, header, name):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    online.add(REPO, {"index.json": b"{}"})
    value = name.format(root=tmp_path)
    sent = value if header == "X_Repo_Commit" else f'"{value}"'
    online.troubles.append(Trouble("index.json", kind="headers", headers={header: sent}))
    before = all_files(tmp_path)
    for anonymous in (False, True):
        with pytest.raises(ZooError, match=header.replace("_", "-")):
            hub.open_snapshot(f"hf-hub:{REPO}", "index.json", anonymous=anonymous)
    assert victim.read_text() == "precious"
    assert all_files(tmp_path) == before


def test_the_commit_of_a_missing_file_is_no_path_either(online, tmp_path):
    online.add(REPO, {"other.json": b"{}"})
    online.troubles.append(
        Trouble("index.json", kind="headers", headers={"X_Repo_Commit": f"{tmp_path}/outside"})
    )
    with pytest.raises(ZooError, match="X-Repo-Commit"):
        hub.open_snapshot(f"hf-hub:{REPO}", "index.json")
    assert not (tmp_path / "outside").exists()


def answer(method="HEAD", **headers):
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    request, url = SimpleNamespace(method=method), SimpleNamespace(host="hub")
    return SimpleNamespace(headers=found, request=request, url=url)


@pytest.mark.parametrize("etag", ['"5f3c-abc"', 'W/"abc"', f'"{COMMIT}"', "abc"])
def test_names_of_mirrors_that_are_no_paths_are_taken(etag):
    check(answer(ETag=etag, X_Repo_Commit=COMMIT))


def test_a_store_may_name_what_it_sends_as_it_likes():
    check(answer("GET", ETag='"any/name:1"'))
    with pytest.raises(ZooError):
        check(answer("GET", X_Repo_Commit="../up"))
