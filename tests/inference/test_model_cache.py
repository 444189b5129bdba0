"""Models are loaded once and kept within limits, and a slow hub delays only those who use it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_hub import Trouble, files_of
from fakes import asked, swell
from processes import until

from audioclf.inference import loading
from audioclf.inference.model_cache import ModelCache, Places, StillLoading
from audioclf.service import testset
from audioclf.service.analysis import analyse
from audioclf.types import ZooError
from audioclf.zoo.registry import Registry, open_registry


def test_progress_of_a_download_reaches_others_who_wait_for_it():
    cache, told, go_on = ModelCache(10, 1), {1: [], 2: []}, threading.Event()
    first_told = {1: threading.Event(), 2: threading.Event()}

    def act(report):
        report(1, 10, "weights")
        assert go_on.wait(30)
        report(9, 10, "weights")
        return "a model", 1

    def wait(who):
        def hear(*step):
            told[who].append(step)
            first_told[who].set()

        return cache.get(("key",), act, hear, None)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(wait, 1)
        assert first_told[1].wait(30)
        second = pool.submit(wait, 2)
        assert first_told[2].wait(30), "a later one gets the progress so far"
        go_on.set()
        assert first.result(30) == second.result(30) == "a model"
    assert told[1] == told[2] == [(1, 10, "weights"), (9, 10, "weights")]
    assert cache.get(("key",), act, lambda *step: pytest.fail("nothing is on its way"), None) == "a model"


def test_who_stops_waiting_does_not_stop_the_work():
    cache, go_on = ModelCache(10, 1), threading.Event()

    def act(report):
        report(1, 10, "weights")
        go_on.wait(30)
        return "a model", 1

    def stop(*step):
        raise KeyError("the visitor cancelled")

    with pytest.raises(KeyError):
        cache.get(("key",), act, stop, None)
    with pytest.raises(StillLoading):
        cache.get(("key",), act, lambda *step: None, 0.1)
    go_on.set()
    assert cache.get(("key",), act, lambda *step: None, 30) == "a model"


def test_a_failure_is_told_and_the_next_try_begins_anew():
    cache, tries = ModelCache(10, 1), []

    def act(report):
        tries.append(1)
        raise ZooError("torn")

    for _ in range(2):
        with pytest.raises(ZooError, match="torn"):
            cache.get(("key",), act, lambda *step: None, None)
    assert len(tries) == 2


def test_kept_models_have_a_limit_in_bytes_and_the_oldest_go_first():
    cache, made = ModelCache(10, 1), []

    def get(name, n_bytes):
        def act(report):
            made.append(name)
            return name, n_bytes

        return cache.get((name,), act, lambda *step: None, None)

    for name in ("a", "b", "a", "c", "a", "b"):
        get(name, 4)
    assert made == ["a", "b", "c", "b"], "c was new, b was not used for longest"
    assert get("large", 99) == "large" and get("large", 99) == "large"
    assert made[-1] == "large" and made.count("large") == 1


def test_models_of_visitors_replace_no_others(fake_zoo, online, monkeypatch):
    online.add("anna/zoo", files_of(fake_zoo.root))
    theirs = open_registry("hf-hub:anna/zoo", anonymous=True)
    own = loading.load_models(asked(fake_zoo))
    monkeypatch.setattr(loading._cache_of(True), "max_bytes", 1)
    loading.load_models(asked(theirs))
    assert all(a is b for a, b in zip(loading.load_models(asked(fake_zoo)), own, strict=True))


def test_what_is_downloaded_is_not_loaded(fake_zoo, online, monkeypatch):
    online.add("anna/zoo", files_of(fake_zoo.root))
    theirs = open_registry("hf-hub:anna/zoo", anonymous=True)
    monkeypatch.setattr(Registry, "load", lambda *_: pytest.fail("a model was loaded"))
    loading.require_files(theirs, "digits-gmm")
    loading.download(theirs, "digits-cnn")
    loading.fetch_models(asked(theirs))
    assert all(theirs.has_all_files(name) for name in theirs.ids())


def test_a_model_that_is_downloaded_is_downloaded_once_for_all_who_wait(fake_zoo, online):
    online.add("anna/zoo", files_of(fake_zoo.root))
    theirs = open_registry("hf-hub:anna/zoo", anonymous=True)
    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(lambda _: loading.download(theirs, "digits-cnn"), range(4))] == [None] * 4
    assert len([path for path in online.paths() if "/store/" in path]) == 1


def test_a_slow_registry_of_a_visitor_holds_up_nobody(fake_zoo, online, monkeypatch):
    """Two visitors' registries never arrive; a third visitor's analysis and theirs end at once."""
    monkeypatch.setattr(loading, "VISITOR_SECONDS", 0.2)
    for name in ("anna/zoo", "ben/zoo"):
        online.add(name, files_of(fake_zoo.root))
    slow = [open_registry(f"hf-hub:{name}", anonymous=True) for name in ("anna/zoo", "ben/zoo")]
    online.troubles.append(Trouble("/store/", kind="drip"))
    with ThreadPoolExecutor(4) as pool:
        theirs = [pool.submit(analyse, swell(), asked(registry)) for registry in slow for _ in range(2)]
        assert analyse(swell(), asked(fake_zoo)).predictions
        for one in theirs:
            with pytest.raises(ZooError, match="is still being downloaded; try again in a moment"):
                one.result(30)
    online.troubles.clear()


def test_a_model_that_is_here_and_merely_loads_is_not_said_to_be_downloaded(fake_zoo, online, monkeypatch):
    monkeypatch.setattr(loading, "VISITOR_SECONDS", 0.1)
    online.add("anna/zoo", files_of(fake_zoo.root))
    registry, go_on = open_registry("hf-hub:anna/zoo", anonymous=True), threading.Event()
    loading.download(registry, "digits-cnn")
    load = Registry.load
    monkeypatch.setattr(Registry, "load", lambda *given: go_on.wait(30) and load(*given))
    with pytest.raises(ZooError, match=r"digits-cnn is still being loaded; try again in a moment$"):
        loading.load_models(asked(registry, "digits-cnn"))
    go_on.set()


@pytest.mark.parametrize(
    "names", [("anna/a", "anna/b", "anna/c", "anna/d"), ("anna/a", "ben/b", "carl/c", "dora/d")]
)
def test_slow_registries_of_one_address_leave_places_for_the_downloads_of_others(
    fake_zoo, online, monkeypatch, names
):
    """All models of four slow registries are asked for by one address; then another one asks for one model."""
    monkeypatch.setattr(loading, "VISITOR_SECONDS", 0.1)
    for name in (*names, "emma/zoo"):
        online.add(name, files_of(fake_zoo.root))
    slow = [open_registry(f"hf-hub:{name}", anonymous=True) for name in names]
    theirs = open_registry("hf-hub:emma/zoo", anonymous=True)
    online.troubles.append(Trouble("/store/", kind="drip", times=loading.N_LOADING))
    try:
        for registry in slow:
            for model in registry.ids("digits"):
                with pytest.raises(ZooError, match="still being downloaded"):
                    loading.fetch_models(asked(registry, model), who="10.0.0.1")
        online.troubles.clear()
        monkeypatch.setattr(loading, "VISITOR_SECONDS", 30)
        loading.fetch_models(asked(theirs, "digits-cnn"), who="10.0.0.2")
        assert theirs.has_all_files("digits-cnn")
    finally:
        online.released.set()


def test_one_account_does_not_hold_all_places_with_many_addresses():
    places, n_in, go_on = Places(8, 3), [], threading.Event()

    def hold(who):
        with places.taken((who, "account anna")):
            n_in.append(who)
            go_on.wait(30)

    with ThreadPoolExecutor(8) as pool:
        held = [pool.submit(hold, f"10.0.0.{n}") for n in range(8)]
        until(lambda: len(n_in) == 3)
        with places.taken(("10.0.0.99", "account ben")):
            assert len(n_in) == 3
        go_on.set()
        for one in held:
            one.result(30)
    assert len(n_in) == 8 and not places._taken and not places._of


def test_a_damaged_file_of_a_slow_registry_holds_up_nobody(fake_zoo, online, monkeypatch):
    monkeypatch.setattr(loading, "VISITOR_SECONDS", 0.2)
    online.add("anna/zoo", files_of(fake_zoo.root))
    registry = open_registry("hf-hub:anna/zoo", anonymous=True)
    registry.pull("digits-cnn")
    path = (registry.root / "digits-cnn" / "model.safetensors").resolve()
    path.write_bytes(path.read_bytes()[:-1])
    online.troubles.append(Trouble("/store/", kind="drip"))
    with pytest.raises(ZooError, match="is still being loaded"):
        loading.load_models(asked(registry, "digits-cnn"))
    with pytest.raises(ZooError, match="is still being downloaded"):
        testset.testset_report(asked(registry, "digits-gmm"))
    assert analyse(swell(), asked(fake_zoo)).predictions
