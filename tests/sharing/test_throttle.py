"""Guesses are counted by who makes them and what they are tried at."""

from typing import Any

import pytest

from compare_site.sharing import throttle
from tests.valkey_server import ValkeyServer


@pytest.mark.usefixtures("valkey")
def test_wrong_links_of_an_address_are_counted_and_forgotten(valkey: Any) -> None:
    for _ in range(throttle.TOKENS_AN_ADDRESS):
        assert throttle.may_try_token("10.0.0.1")
        throttle.wrong_token("10.0.0.1")
    assert not throttle.may_try_token("10.0.0.1")
    assert throttle.may_try_token("10.0.0.2")
    assert {0 < valkey.ttl(key) <= throttle.WINDOW_SECONDS for key in valkey.keys("guess:*")} == {True}
    assert not any(b"10.0.0.1" in key for key in valkey.keys("*"))


@pytest.mark.usefixtures("valkey")
def test_passwords_are_counted_by_address_and_by_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "PASSWORDS_A_LINK", 12)
    for _ in range(throttle.PASSWORDS_AN_ADDRESS):
        assert throttle.may_try_password("one", "10.0.0.1")
    assert not throttle.may_try_password("one", "10.0.0.1")
    assert throttle.may_try_password("two", "10.0.0.1")
    throttle.right_password("one", "10.0.0.1")
    assert throttle.may_try_password("one", "10.0.0.1")
    allowed = [throttle.may_try_password("one", f"10.0.1.{number}") for number in range(20)]
    assert allowed.count(True) == 6


def test_without_valkey_no_password_is_tried_and_links_still_work(valkey_server: ValkeyServer) -> None:
    valkey_server.stop()
    try:
        assert throttle.may_try_token("10.0.0.1")
        throttle.wrong_token("10.0.0.1")
        throttle.right_password("one", "10.0.0.1")
        assert not throttle.may_try_password("one", "10.0.0.1")
    finally:
        valkey_server.start()
