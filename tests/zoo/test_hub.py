"""Models from a hub equal those that were pushed, are downloaded once, and errors name the file and the remedy."""

from dataclasses import replace

import fakes
import pytest
from fake_hub import Trouble, files_of

import audioclf
from audioclf.types import ZooError
from audioclf.zoo import hub
from audioclf.zoo.registry import find, open_model, open_registry
from audioclf.zoo.writing import build_index, save_model

ID = "digits-cnn"
REPO = "anna/zoo"
HUB = f"hf-hub:{REPO}"


@pytest.fixture
def served(fake_zoo, online):
    """The fake zoo as the repository anna/zoo of a hub of its own, with a tag v1."""
    commit = online.add(REPO, files_of(fake_zoo.root))
    online.repos[REPO].refs["v1"] = commit
    return online


# Downloads


@pytest.mark.parametrize("revision", ["", "@main", "@v1", "@commit"])
def test_a_registry_on_a_hub_holds_what_was_pushed(served, fake_zoo, revision):
    commit = served.repos[REPO].refs["main"]
    registry = open_registry(f"hf-hub:{REPO}{revision.replace('commit', commit)}")
    assert registry.entries == fake_zoo.entries
    assert registry.snapshot.commit == commit
    for name in registry.ids():
        registry.verify(name)
        assert registry.config(name) == fake_zoo.config(name)
        assert registry.card(name) == fake_zoo.card(name)


def test_only_the_files_of_the_used_model_are_downloaded_on_first_use(served):
    registry = open_registry(HUB)
    assert {path.split("/")[-1] for path in served.paths()} == {"index.json"}
    assert {registry.whereabouts(name) for name in registry.ids()} == {"on the hub"}
    registry.load(ID)
    assert registry.whereabouts(ID) == "cached"
    assert registry.whereabouts("digits-gmm") == "on the hub"
    assert not [path for path in served.paths() if "digits-gmm" in path or "README" in path]
    registry.pull(ID)
    assert [path for path in served.paths() if "README" in path]


def test_cached_files_need_no_request_under_any_revision(served):
    commit = served.repos[REPO].refs["main"]
    names = [f"{HUB}{revision}" for revision in ("", "@v1", f"@{commit}")]
    for name in names:
        open_registry(name).pull(ID)
    served.requests.clear()
    for name in names:
        registry = open_registry(name)
        registry.pull(ID)
        registry.verify(ID)
    assert served.requests == []


def test_a_branch_stays_at_its_cached_commit_until_an_update(served, fake_zoo):
    first = open_registry(HUB)
    config, model = fake_zoo.load(ID)
    save_model(fake_zoo.root / ID, replace(config, seed=9), model)
    build_index(fake_zoo.root)
    second = served.add(REPO, files_of(fake_zoo.root))
    assert open_registry(HUB).snapshot == first.snapshot
    updated = open_registry(HUB, update=True)
    assert updated.snapshot.commit == second
    assert updated.config(ID).seed == 9
    assert open_registry(HUB).snapshot.commit == second
    assert first.config(ID).seed == 0


def test_progress_grows_to_the_size_of_the_model(served):
    registry = open_registry(HUB)
    steps = []
    registry.pull(ID, lambda *step: steps.append(step))
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert done[-1] == registry.entry(ID).size
    assert {step[1] for step in steps} == {registry.entry(ID).size}
    assert {step[2] for step in steps} == {f"{ID}/{name}" for name in registry.entry(ID).files}
    # Each file is reported before its first byte.
    first = {step[2]: step[0] for step in reversed(steps)}
    sizes = [file.size for file in registry.entry(ID).files.values()]
    assert sorted(first.values()) == [sum(sizes[:i]) for i in range(len(sizes))]
    registry.pull(ID, lambda *step: pytest.fail("there is nothing left to come"))


def test_a_registry_has_a_name_without_a_path(served):
    commit = served.repos[REPO].refs["main"]
    assert open_registry(HUB).name == f"models from {REPO} (main, {commit[:8]})"
    assert open_registry(f"hf-hub:{REPO}@{commit}").name == f"models from {REPO} ({commit[:8]})"


def test_no_token_leaves_the_hub(served, monkeypatch):
    served.repos[REPO].private = True
    monkeypatch.setenv("HF_TOKEN", served.token)
    open_registry(HUB).pull(ID)
    asked = {path.startswith("/store/"): with_token for _, path, with_token in served.requests}
    assert asked == {False: True, True: False}


# A single model


@pytest.fixture
def single(fake_zoo, online):
    online.add("ben/digits", files_of(fake_zoo.root / ID))
    return "hf-hub:ben/digits"


def test_a_single_model_is_loaded_by_its_repository(single, fake_zoo, online):
    here = audioclf.load(ID, fake_zoo)(fakes.swell())
    there = audioclf.load(single)(fakes.swell())
    assert there.scores.tolist() == here.scores.tolist()
    online.requests.clear()
    audioclf.load(single)
    assert online.requests == []


def test_the_download_of_a_single_model_reports_progress(single, fake_zoo):
    steps = []
    registry, name = find(single, fake_zoo, lambda *step: steps.append(step))
    size = registry.entry(name).files["model.safetensors"].size
    assert (size, 0, "model.safetensors") in steps


def test_a_damaged_single_model_is_detected_by_the_hubs_hash_and_downloaded_again(single):
    registry = open_model(single)
    weights = (registry.root / "model.safetensors").resolve()
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    open_model(single).verify(ID)
    assert weights.read_bytes() == whole


def test_a_registry_and_a_single_model_are_told_apart(single, served):
    with pytest.raises(ZooError, match=r"has no index\.json .* a single model is named with --model"):
        open_registry(single)
    with pytest.raises(ZooError, match=r"has no config\.json .* a registry is named with --zoo"):
        open_model(HUB)


# Names


@pytest.mark.parametrize("name", ["anna/zoo", "anna/zoo@v1"])
def test_the_error_for_a_repository_without_prefix_names_both_spellings(name, online):
    for opening in (open_registry, open_model, audioclf.load):
        with pytest.raises(ZooError, match=f"write hf-hub:{name} for the Hub, or ./{name} for a folder"):
            opening(name)
    assert online.requests == []


@pytest.mark.parametrize(
    "name",
    ["hf-hub:", "hf-hub:zoo", "hf-hub:../zoo", "hf-hub:a/../b", "hf-hub:a/b@../c", "hf-hub:a/b@", "hf-hub:a/b/c",
     "hf-hub:/etc/passwd", "hf-hub:a/b@x y", "hf-hub:a/b@/main", "hf-hub:https://hub/a/b"],
)  # fmt: skip
def test_an_invalid_name_never_reaches_the_hub(name, online):
    with pytest.raises(ZooError, match="is no name on the Hub; write hf-hub:owner/repo"):
        open_registry(name)
    assert online.requests == []


# Damage


@pytest.mark.parametrize("kind", ["corrupt", "cut"])
def test_a_file_that_arrives_damaged_or_not_whole_is_downloaded_once_more(served, kind):
    served.troubles += [Trouble(path, kind=kind, times=1) for path in (f"{ID}/config.json", "/store/")]
    open_registry(HUB).load(ID)


def test_a_file_that_arrives_damaged_twice_is_refused(served):
    served.troubles.append(Trouble("/store/", kind="corrupt"))
    registry = open_registry(HUB)
    with pytest.raises(ZooError, match=rf"{ID}/model\.safetensors: sha256 .* is not the .* of the index"):
        registry.load(ID)
    assert len([path for path in served.paths() if "/store/" in path]) == 2


def test_an_index_that_arrives_damaged_is_refused_too(served):
    served.troubles.append(Trouble("index.json", kind="corrupt"))
    with pytest.raises(ZooError, match=r"index\.json arrives damaged"):
        open_registry(HUB)
    served.troubles.clear()
    open_registry(HUB)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "README.md"])
def test_a_cached_file_that_was_damaged_is_repaired_or_reported(served, name):
    registry = open_registry(HUB)
    registry.pull(ID)
    path = (registry.root / ID / name).resolve()  # the cache keeps links to the files
    whole = path.read_bytes()
    path.write_bytes(whole[:-2])
    served.troubles.append(Trouble("/", status=503))
    for _ in range(2):
        words = rf"{ID}/{name} has \d+ bytes, .* status 503.* cached from {REPO} no other model"
        with pytest.raises(ZooError, match=words):
            registry.verify(ID)
    served.troubles.clear()
    registry.verify(ID)
    assert (registry.root / ID / name).read_bytes() == whole


def test_a_damaged_copy_in_a_cache_without_links_is_repaired(served):
    registry = open_registry(HUB)
    registry.pull(ID)
    path = registry.root / ID / "config.json"
    whole = path.read_bytes()
    path.unlink()
    path.write_bytes(whole[:-2])
    registry.verify(ID)
    assert path.read_bytes() == whole


def test_the_index_of_a_hub_is_checked_too(served, fake_zoo):
    fakes.rewrite(
        fake_zoo.root / "index.json", lambda i: i["models"].update({"../../etc": i["models"].pop(ID)})
    )
    served.add(REPO, files_of(fake_zoo.root))
    with pytest.raises(ZooError, match=r"'\.\./\.\./etc' is not a model id"):
        open_registry(HUB)


# Refusals

REFUSED = {
    "gated": (Trouble("/", 403, "GatedRepo"), "is gated: accept its terms at .*anna/zoo, then run `hf auth login`"),
    "missing": (Trouble("/", 404, "RepoNotFound"), "the Hub has no anna/zoo, or it is private"),
    "no revision": (Trouble("/", 404, "RevisionNotFound"), "anna/zoo has no branch, tag or commit 'main'"),
    "token": (Trouble("/", 401), "does not know your token; run `hf auth login`"),
    "forbidden": (Trouble("/", 403), "does not allow this for anna/zoo"),
    "rate": (Trouble("/", 429), "too many requests from here; try again in a few minutes"),
    "down": (Trouble("/", 503), "answers with status 503; try again later"),
    "broken": (Trouble("/", 500), "answers with status 500; try again later"),
    "odd": (Trouble("/", 418), "answers with status 418"),
    "no hub": (Trouble("/", kind="plain"), "does not answer as a hub does; check HF_ENDPOINT"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_every_refusal_has_its_own_sentence(served, case):
    trouble, words = REFUSED[case]
    served.troubles.append(trouble)
    with pytest.raises(ZooError, match=words):
        open_registry(HUB)
    assert len(served.requests) == 1, "no retry"


def test_a_file_of_the_index_that_the_hub_lacks_is_named(served, fake_zoo):
    files = files_of(fake_zoo.root)
    del files[f"{ID}/model.safetensors"]
    served.add(REPO, files)
    with pytest.raises(ZooError, match=rf"anna/zoo has no {ID}/model\.safetensors at .* push it whole"):
        open_registry(HUB).load(ID)


# Offline


def test_offline_errors_list_the_available_models(served, monkeypatch):
    open_registry(HUB).pull(ID)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    words = rf"hf-hub:ben/other is not in the cache, .* Available: bundled digits-cnn.* cached hf-hub:{REPO}"
    with pytest.raises(hub.HubUnavailable, match=words):
        open_registry("hf-hub:ben/other")
    words = f"digits-gmm/config.json is not in the cache, and HF_HUB_OFFLINE is set.* cached from {REPO} {ID}"
    with pytest.raises(hub.HubUnavailable, match=words):
        open_registry(HUB).load("digits-gmm")
    open_registry(HUB).verify(ID)


def test_an_unreachable_hub_is_named_and_the_cache_still_works(served, monkeypatch):
    open_registry(HUB).pull(ID)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # a port nobody listens at
    open_registry(HUB).verify(ID)
    with pytest.raises(hub.HubUnavailable, match=r"http://127\.0\.0\.1:9 cannot be reached \(ConnectError\)"):
        open_registry("hf-hub:ben/other")


@pytest.mark.parametrize("path", ["index.json", "/store/"])
def test_a_server_that_never_answers_is_given_up(served, monkeypatch, path):
    monkeypatch.setattr(hub, "PATIENCE_SECONDS", 0.3)
    served.troubles.append(Trouble(path, kind="hang"))
    with pytest.raises(hub.HubUnavailable, match=r"has not answered for 0\.3 s; try again later"):
        open_registry(HUB).load(ID)


def test_time_limits_are_at_most_ten_seconds():
    assert hub.ETAG_SECONDS <= hub.PATIENCE_SECONDS <= 10
