"""Who may log in, and that nobody tries names and passwords for long."""

import pytest
from starlette.exceptions import HTTPException

from audioclf.ui import login
from audioclf.ui.addresses import ASKING
from audioclf.ui.login import MAX_FAILURES, MAX_OF_ADDRESS, Attempts, Users


@pytest.fixture(autouse=True)
def address():
    """The address that asks, until a test sets another."""
    token = ASKING.set("10.0.0.1")
    yield
    ASKING.reset(token)


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(login.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("name", "password", "right"),
    [("ann", "secret", True), ("ann", "", False), ("ann", "Secret", False), ("bob", "secret", False),
     ("", "", False), ("zoë", "pässword", True), ("zoë", "p\ud800", False), ("a" * 10**6, "x", False)],
)  # fmt: skip
def test_only_a_name_with_its_password_is_let_in(name, password, right):
    assert Users({"ann": "secret", "zoë": "pässword"})(name, password) is right


def is_told_to_wait(users, name, password):
    """Whether a try is refused without a look at the password."""
    try:
        users(name, password)
    except HTTPException as refused:
        assert refused.status_code == 429 and "five minutes" in refused.detail
        return True
    return False


def test_a_name_that_failed_often_waits_even_with_the_right_password_and_others_do_not(clock):
    users = Users({"ann": "secret", "bob": "other"})
    for _ in range(MAX_FAILURES):
        assert not users("ann", "guess")
    assert is_told_to_wait(users, "ann", "secret")
    assert users("bob", "other")
    clock[0] += login.WINDOW_SECONDS + 1
    assert users("ann", "secret")


def test_a_stranger_cannot_lock_out_a_name():
    users = Users({"ann": "secret"})
    for _ in range(MAX_FAILURES):
        users("ann", "guess")
    assert is_told_to_wait(users, "ann", "secret")
    ASKING.set("10.0.0.2")
    assert users("ann", "secret")


def test_an_address_may_not_try_many_names():
    users = Users({"ann": "secret"})
    for n in range(MAX_OF_ADDRESS):
        assert not users(str(n), "guess")
    assert is_told_to_wait(users, "ann", "secret")
    ASKING.set("10.0.0.2")
    assert users("ann", "secret")


def test_tries_while_a_name_waits_do_not_prolong_the_wait(clock):
    users = Users({"ann": "secret"})
    for n in range(2 * MAX_FAILURES):
        assert is_told_to_wait(users, "ann", "guess") == (n >= MAX_FAILURES)
        clock[0] += 1
    clock[0] = login.WINDOW_SECONDS + MAX_FAILURES
    assert users("ann", "secret")


def test_memory_of_failures_is_bounded(monkeypatch):
    monkeypatch.setattr(login, "MAX_KEYS", 10)
    attempts = Attempts()
    for n in range(100):
        for _ in range(2 * MAX_FAILURES):
            attempts.failed(str(n), "ann")
    assert sum(map(len, attempts._failures.values())) <= 10 * MAX_OF_ADDRESS
    assert attempts.too_many("99", "ann")
