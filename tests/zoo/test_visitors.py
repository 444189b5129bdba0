"""Visitors of a public page see only public repositories of the Hub, and nothing of our cache."""

import pytest
from fake_hub import Trouble, files_of

from audioclf.service import catalogue
from audioclf.types import ZooError
from audioclf.zoo import hub
from audioclf.zoo.registry import Registry, open_registry

ID = "digits-cnn"
REPO, SECRET = "anna/zoo", "anna/secret"


@pytest.fixture
def ours(fake_zoo, online, monkeypatch):
    """A hub with a public and a private registry, both in our cache, downloaded with our token."""
    monkeypatch.setenv("HF_TOKEN", online.token)
    for name in (REPO, SECRET):
        online.add(name, files_of(fake_zoo.root))
    online.repos[SECRET].private = True
    for name in (REPO, SECRET):
        registry = open_registry(f"hf-hub:{name}")
        for model in registry.ids():
            registry.pull(model)
    online.requests.clear()
    return online


def opened(name: str) -> Registry:
    return catalogue.open_for_visitor(f"hf-hub:{name}", folders=False)


def test_a_visitor_opens_a_public_registry_without_our_token(ours):
    registry = opened(REPO)
    assert registry.whereabouts(ID) == "on the hub", "our cache is not used for visitors"
    registry.pull(ID)
    registry.verify(ID)
    assert ours.requests and not any(with_token for *_, with_token in ours.requests)
    ours.requests.clear()
    opened(REPO).verify(ID)
    assert ours.requests == [], "downloads of visitors are cached"


def test_a_visitor_cannot_open_a_private_registry_by_any_name_although_it_is_in_our_cache(ours):
    commit = ours.repos[SECRET].refs["main"]
    for name in (SECRET, f"{SECRET}@{commit}", "anna/never-there"):
        with pytest.raises(
            ZooError, match=r"the Hub has no anna/[\w-]+ that is open to all; check the name$"
        ):
            opened(name)
    assert not any(with_token for *_, with_token in ours.requests)


def test_the_error_for_a_gated_registry_does_not_tell_a_visitor_about_tokens(ours):
    ours.troubles.append(Trouble(REPO, 403, "GatedRepo"))
    with pytest.raises(ZooError, match=r"is gated, and this demo opens only .* open to all") as error:
        opened(REPO)
    assert "token" not in str(error.value).lower() and "auth" not in str(error.value)


def test_without_the_hub_a_visitor_is_not_told_what_is_cached(ours):
    registry = opened(REPO)
    registry.pull("digits-gmm")
    ours.troubles.append(Trouble("/", status=503))
    for act in (lambda: opened(SECRET), lambda: opened("ben/other"), lambda: registry.pull(ID)):
        with pytest.raises(hub.HubUnavailable) as error:
            act()
        assert str(error.value) == f"{ours.url} answers with status 503; try again later"


def test_the_user_of_this_machine_uses_our_token_and_cache(ours):
    registry = catalogue.open_for_visitor(f"hf-hub:{SECRET}", folders=True)
    registry.verify(ID)
    assert ours.requests == [], "it was in the cache"


def test_a_visitors_registry_is_opened_without_our_token_on_every_tab(ours, fake_zoo, monkeypatch):
    from audioclf.ui import session
    from audioclf.ui.page import build_demo

    home = open_registry(f"hf-hub:{SECRET}")
    demo = build_demo(home, folders=False)
    switch = next(function.fn for function in demo.fns.values() if function.name == "switch")
    ask = switch(f" hf-hub:{REPO} ", session.Options("digits", home))[0]
    assert {row.where for row in catalogue.rows(ask.registry)} == {"on the hub"}
    assert catalogue.pull(ID, ask.registry) == "here: cached"
    assert ours.requests and not any(with_token for *_, with_token in ours.requests)
    assert {row.where for row in catalogue.rows(home)} == {"cached"}, (
        "the page's own is opened with the token"
    )
    refused = switch(f"hf-hub:{SECRET}", ask)
    assert "open to all" in refused[-1] and SECRET in refused[-1]
