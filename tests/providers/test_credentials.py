"""A key becomes a header for the origins it is bound to, and for nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials import authorize, proof_of, without_key
from providers.transport.http import Outgoing

KEY = "sk-live/3f9a+7c55=d1e84b"
URL = "https://api.example.com/v1/chat/completions"
BOUND = frozenset({"https://api.example.com:443"})


async def headers(
    auth: Auth, secret: Secret | None, url: str = URL, bound: frozenset[str] = BOUND
) -> Mapping[str, str]:
    """What is added to a request. These kinds send nothing to know it."""
    transport: Any = None
    return (await authorize(auth, secret, Outgoing("POST", url), bound, transport)).auth


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (Auth(), {"Authorization": f"Bearer {KEY}"}),
        (Auth(kind="optional_bearer"), {"Authorization": f"Bearer {KEY}"}),
        (Auth(kind="header", header="api-key"), {"api-key": KEY}),
        (Auth(kind="header", prefix="Api-Key "), {"Authorization": f"Api-Key {KEY}"}),
        (Auth(kind="none"), {}),
    ],
)
async def test_headers(auth: Auth, expected: dict[str, str]) -> None:
    assert await headers(auth, Secret(KEY)) == expected


@pytest.mark.parametrize(
    ("auth", "proof"),
    [
        ({"Authorization": f"Bearer {KEY}"}, (KEY,)),
        ({"Authorization": f"Api-Key {KEY}"}, (KEY,)),
        ({"x-api-key": KEY}, (KEY,)),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=AK/x, Signature=c0ffee", "X-Amz-Date": "2026"}, ("c0ffee",)),
        ({}, ()),
    ],
)
def test_what_a_request_shows_of_a_credential(auth: dict[str, str], proof: tuple[str, ...]) -> None:
    assert proof_of(Outgoing("POST", URL, auth=auth)) == proof


def test_a_signature_goes_from_what_is_shown_like_the_key() -> None:
    assert without_key("c0ffee of abcdef0123", Secret("abcdef0123"), ("c0ffee",)) == "[removed] of [removed]"


async def test_servers_without_keys() -> None:
    assert await headers(Auth(kind="optional_bearer"), None, URL, frozenset()) == {}
    assert await headers(Auth(kind="none"), None, URL, frozenset()) == {}


@pytest.mark.parametrize("kind", ["bearer", "header", "sigv4", "google", "client_credentials"])
async def test_a_missing_key_is_said(kind: Any) -> None:
    with pytest.raises(SetupError) as caught:
        await headers(Auth(kind=kind), None)

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
@pytest.mark.parametrize("kind", ["bearer", "header", "optional_bearer", "sigv4", "google", "client_credentials"])
async def test_no_other_origin(url: str, kind: Any) -> None:
    with pytest.raises(SetupError) as caught:
        await headers(Auth(kind=kind), Secret(KEY), url)

    assert KEY not in caught.value.message


async def test_the_same_origin_however_it_is_written() -> None:
    assert await headers(Auth(), Secret(KEY), "HTTPS://API.Example.com:443/v1")


@pytest.mark.parametrize("text", [" k\tey", "k\r\nx-evil: 1", "schlüssel", "a\0b"])
async def test_keys_no_header_can_carry(text: str) -> None:
    with pytest.raises((SetupError, ValueError)) as caught:
        await headers(Auth(), Secret(text))

    assert text not in str(caught.value)


@pytest.mark.parametrize("text", [KEY, "{}", '{"access_key_id": "AKIA"}', '{"type": "authorized_user"}'])
@pytest.mark.parametrize("kind", ["sigv4", "client_credentials"])
async def test_a_credential_of_another_kind_is_not_sent(text: str, kind: Any) -> None:
    auth = Auth(kind=kind, region="eu-west-1", token_url=URL)
    with pytest.raises(SetupError) as caught:
        await headers(auth, Secret(text))

    assert caught.value.code == "authentication"
    assert text not in caught.value.message


def test_an_echoed_key_is_removed_in_either_form() -> None:
    echo = f"Bad key {KEY}, that is sk-live%2F3f9a%2B7c55%3Dd1e84b."

    assert without_key(echo, Secret(KEY)) == "Bad key [removed], that is [removed]."
    assert without_key("a text", None) == "a text"


def test_what_is_left_of_a_key_is_removed_too() -> None:
    key = "abcdefghijklmno\"pqrstu'vwxyz0123456"
    assert "wxyz0123456" not in without_key("Bearer [removed]\"pqrstu'vwxyz0123456 is wrong", Secret(key))
    assert "abcdefghijklmno" not in without_key("You sent abcdefghijklmno...", Secret(key))
    assert without_key("abcdef is a word", Secret(key)) == "abcdef is a word"
