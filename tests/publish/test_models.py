"""A push uploads a checked registry in one commit, and downloads give the same files."""

import pytest
from fake_hub import Trouble, files_of

from audioclf.zoo.registry import open_registry
from audioclf.zoo.writing import build_index

ID = "digits-cnn"
REPO = "anna/zoo"


@pytest.fixture
def hub(online, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", online.token)
    return online


def pushed(hub, name: str = REPO, revision: str = "main") -> dict[str, bytes]:
    repo = hub.repos[name]
    return {
        path: data for path, data in repo.commits[repo.resolve(revision)].items() if path != ".gitattributes"
    }


def test_a_pushed_registry_is_the_folder_byte_for_byte(cli, fake_zoo, hub):
    status, out, err = cli("zoo", "push", fake_zoo.root, REPO, "--tag", "v1")
    assert status == 0, err
    assert pushed(hub) == pushed(hub, revision="v1") == files_of(fake_zoo.root)
    commit = hub.repos[REPO].refs["main"]
    assert out.splitlines()[-1] == f"AUDIOCLF_ZOO=hf-hub:{REPO}@{commit}"
    assert len([path for path in hub.paths() if "/commit/" in path]) == 1


def test_the_line_that_push_prints_opens_the_same_models(cli, fake_zoo, hub, monkeypatch):
    _, out, _ = cli("zoo", "push", fake_zoo.root, REPO)
    monkeypatch.setenv("AUDIOCLF_ZOO", out.splitlines()[-1].removeprefix("AUDIOCLF_ZOO="))
    registry = open_registry()
    assert registry.entries == fake_zoo.entries
    for name in registry.ids():
        registry.verify(name)


def test_a_dry_run_checks_all_and_makes_no_request(cli, fake_zoo, hub):
    status, out, _ = cli("zoo", "push", fake_zoo.root, REPO, "--dry-run")
    assert status == 0
    assert "11 files" in out
    assert hub.requests == []
    (fake_zoo.root / ID / "config.json").write_text("{}")
    assert cli("zoo", "push", fake_zoo.root, REPO, "--dry-run")[0] == 1


def test_other_files_in_the_folder_are_not_pushed(cli, fake_zoo, hub):
    (fake_zoo.root / "notes.txt").write_text("mine")
    cli("zoo", "push", fake_zoo.root, REPO)
    assert "notes.txt" not in pushed(hub)


def test_a_single_model_is_pushed_and_loaded_by_the_line_that_is_printed(cli, fake_zoo, hub):
    import audioclf

    _, out, _ = cli("zoo", "push", fake_zoo.root / ID, "anna/one")
    assert pushed(hub, "anna/one") == files_of(fake_zoo.root / ID)
    words = out.splitlines()[-1].split()
    assert words[:3] == ["audioclf", "classify", "--model"]
    assert audioclf.load(words[3]).config.id == ID


def test_a_pull_request_leaves_the_branch_unchanged(cli, fake_zoo, hub):
    before = hub.add(REPO, {"README.md": b"hers"})
    _, out, _ = cli("zoo", "push", fake_zoo.root, REPO, "--create-pr")
    assert hub.repos[REPO].refs["main"] == before
    assert f"{hub.url}/{REPO}/discussions/1" in out
    assert pushed(hub, revision="refs/pr/1") == files_of(fake_zoo.root)


def test_a_private_repository_is_made_private(cli, fake_zoo, hub):
    cli("zoo", "push", fake_zoo.root, REPO, "--private")
    assert hub.repos[REPO].private


@pytest.mark.parametrize("name", ["README.md", f"{ID}/README.md", "index.json"])
def test_a_stale_or_damaged_registry_is_not_pushed(cli, fake_zoo, hub, name):
    path = fake_zoo.root / name
    path.write_bytes(path.read_bytes() + b"\n")
    status, _, err = cli("zoo", "push", fake_zoo.root, REPO)
    assert status == 1
    assert name in err
    assert hub.requests == []


def test_without_a_token_push_says_to_log_in(cli, fake_zoo, online):
    status, _, err = cli("zoo", "push", fake_zoo.root, REPO)
    assert status == 1
    assert "run `hf auth login` or set HF_TOKEN" in err


def test_the_error_for_an_existing_tag_names_the_pushed_commit(cli, fake_zoo, hub):
    commit = hub.add(REPO, {"README.md": b"hers"})
    hub.repos[REPO].refs["v1"] = commit
    status, _, err = cli("zoo", "push", fake_zoo.root, REPO, "--tag", "v1")
    assert status == 1
    assert f"pushed as hf-hub:{REPO}@{hub.repos[REPO].refs['main']}, but without the tag 'v1'" in err
    assert hub.repos[REPO].refs["v1"] == commit


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_push_that_is_refused_says_why(cli, fake_zoo, hub, status):
    hub.add(REPO, {})
    hub.troubles.append(Trouble("/commit/", status))
    code, _, err = cli("zoo", "push", fake_zoo.root, REPO)
    assert code == 1
    assert hub.url in err


def test_a_folder_without_models_is_not_pushed(cli, tmp_path, hub):
    build_index(tmp_path)
    status, _, err = cli("zoo", "push", tmp_path, REPO)
    assert status == 1
    assert "holds no model; put one in with `audioclf zoo add`" in err
