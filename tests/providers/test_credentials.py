"""A key becomes a header for the origins it is bound to, and for nothing else."""

from typing import Any

import pytest

from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials import authorize, without_key

KEY = "sk-live/3f9a+7c55=d1e84b"
URL = "https://api.example.com/v1/chat/completions"
BOUND = frozenset({"https://api.example.com:443"})


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        (Auth(), {"Authorization": f"Bearer {KEY}"}),
        (Auth(kind="optional_bearer"), {"Authorization": f"Bearer {KEY}"}),
        (Auth(kind="header", header="api-key"), {"api-key": KEY}),
        (Auth(kind="none"), {}),
    ],
)
def test_headers(auth: Auth, headers: dict[str, str]) -> None:
    assert authorize(auth, Secret(KEY), URL, BOUND) == headers


def test_servers_without_keys() -> None:
    assert authorize(Auth(kind="optional_bearer"), None, URL, frozenset()) == {}
    assert authorize(Auth(kind="none"), None, URL, frozenset()) == {}


@pytest.mark.parametrize("kind", ["bearer", "header"])
def test_a_missing_key_is_said(kind: Any) -> None:
    with pytest.raises(SetupError) as caught:
        authorize(Auth(kind=kind), None, URL, BOUND)

    assert caught.value.code == "authentication"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v1",
        "https://api.example.com:8443/v1",
        "https://api.example.com.evil.example/v1",
        "https://evil.example/v1",
        "https://api.example.com@evil.example/v1",
        "https://evil.example/https://api.example.com/v1",
    ],
)
@pytest.mark.parametrize("kind", ["bearer", "header", "optional_bearer"])
def test_no_other_origin(url: str, kind: Any) -> None:
    with pytest.raises(SetupError) as caught:
        authorize(Auth(kind=kind), Secret(KEY), url, BOUND)

    assert KEY not in caught.value.message


def test_the_same_origin_however_it_is_written() -> None:
    assert authorize(Auth(), Secret(KEY), "HTTPS://API.Example.com:443/v1", BOUND)


@pytest.mark.parametrize("text", [" k\tey", "k\r\nx-evil: 1", "schlüssel", "a\0b"])
def test_keys_no_header_can_carry(text: str) -> None:
    with pytest.raises((SetupError, ValueError)) as caught:
        authorize(Auth(), Secret(text), URL, BOUND)

    assert text not in str(caught.value)


def test_an_echoed_key_is_removed_in_either_form() -> None:
    echo = f"Bad key {KEY}, that is sk-live%2F3f9a%2B7c55%3Dd1e84b."

    assert without_key(echo, Secret(KEY)) == "Bad key [removed], that is [removed]."
    assert without_key("a text", None) == "a text"


def test_what_is_left_of_a_key_is_removed_too() -> None:
    key = "abcdefghijklmno\"pqrstu'vwxyz0123456"
    assert "wxyz0123456" not in without_key("Bearer [removed]\"pqrstu'vwxyz0123456 is wrong", Secret(key))
    assert "abcdefghijklmno" not in without_key("You sent abcdefghijklmno...", Secret(key))
    assert without_key("abcdef is a word", Secret(key)) == "abcdef is a word"
