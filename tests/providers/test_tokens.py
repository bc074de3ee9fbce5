"""Access tokens: asked for once, of the right host only, renewed in time, and never seen."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from providers.adapters import get_adapter
from providers.client import ChatClient
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import Delta
from providers.contract.material import GOOGLE_TOKEN_URL, compose, google_account
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.credentials import authorize, tokens, without_key
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of
from tests.fakes.provider_server import FakeProvider, Reply, Script, says

TOKEN = "ya29.access-token-of-an-hour"
M2M = compose("client_credentials", {"client_id": "11aa:22", "client_secret": "dose-very-secret+piece"})
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = RSA.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
ACCOUNT = {
    "type": "service_account",
    "project_id": "p-1",
    "private_key_id": "0123456789abcdef",
    "private_key": PEM,
    "client_email": "robot@p-1.iam.gserviceaccount.com",
    "token_uri": GOOGLE_TOKEN_URL,
}


@pytest.fixture(autouse=True)
def _no_tokens() -> Iterator[None]:
    tokens._tokens.clear()
    yield
    tokens._tokens.clear()


def gives(body: dict[str, Any], status: int = 200) -> Script:
    async def script(reply: Reply) -> None:
        await reply.whole(status, json.dumps(body).encode())

    return script


class ToGoogle(Transport):
    """The way to Google's token host ends at a server of the test; everything else stays as it is."""

    def __init__(self, provider: FakeProvider) -> None:
        super().__init__(connect_seconds=10)
        self._there = provider.base_url
        self.asked: list[Outgoing] = []

    async def get(self, outgoing: Outgoing, seconds: float = 30.0) -> Any:
        self.asked.append(outgoing)
        return await super().get(replace(outgoing, url=f"{self._there}/token", allow_private=True), seconds)


def m2m(provider: FakeProvider, **changes: Any) -> tuple[Auth, Outgoing, frozenset[str]]:
    url = f"{provider.base_url}/chat/completions"
    facts = {"token_url": f"{provider.base_url}/oidc/v1/token", "scope": "all-apis", **changes}
    auth = Auth(kind="client_credentials", **facts)
    return auth, Outgoing("POST", url, allow_private=True), frozenset({origin_of(url)})


async def test_a_client_gets_its_token_once(transport: Transport, provider: FakeProvider) -> None:
    provider.play(gives({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}))
    auth, plain, bound = m2m(provider)

    done = await asyncio.gather(*(authorize(auth, M2M, plain, bound, transport) for _ in range(20)))

    assert {each.auth["Authorization"] for each in done} == {f"Bearer {TOKEN}"}
    (request,) = provider.requests
    assert (request.method, request.path) == ("POST", "/v1/oidc/v1/token")
    assert parse_qs(request.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["all-apis"]}
    basic = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == "11aa%3A22:dose-very-secret%2Bpiece"
    assert TOKEN not in repr(done) + repr(tokens._tokens)


async def test_a_token_is_renewed_before_it_ends(
    transport: Transport, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.play(*(gives({"access_token": name, "expires_in": "3600"}) for name in ("first-token", "second-token")))
    auth, plain, bound = m2m(provider)
    assert (await authorize(auth, M2M, plain, bound, transport)).auth["Authorization"] == "Bearer first-token"
    started = time.monotonic()

    monkeypatch.setattr(tokens.time, "monotonic", lambda: started + 3600 - tokens.EARLY - 30)
    assert (await authorize(auth, M2M, plain, bound, transport)).auth["Authorization"] == "Bearer first-token"
    monkeypatch.setattr(tokens.time, "monotonic", lambda: started + 3600 - tokens.EARLY + 30)
    assert (await authorize(auth, M2M, plain, bound, transport)).auth["Authorization"] == "Bearer second-token"
    assert without_key("first-token second-token", M2M) == "[removed] [removed]"


async def test_no_secret_goes_to_a_host_that_it_is_not_bound_to(transport: Transport, provider: FakeProvider) -> None:
    auth, plain, bound = m2m(provider, token_url="https://login.evil.example/token")
    with pytest.raises(SetupError, match=r"login\.evil\.example"):
        await authorize(auth, M2M, plain, bound, transport)
    auth, plain, bound = m2m(provider, token_url="https://{host}/token")
    with pytest.raises(SetupError):
        await authorize(auth, M2M, plain, bound, transport)
    assert provider.requests == []


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"error": "invalid_client", "error_description": "dose-very-secret+piece is wrong"}, "authentication"),
        (503, {}, "server"),
        (429, {"error": {"message": "slow"}}, "rate_limited"),
        (200, {"token_type": "Bearer"}, "authentication"),
        (200, {"access_token": "a\nb"}, "authentication"),
        (200, {"access_token": TOKEN, "token_type": "mac"}, "authentication"),
    ],
)
async def test_a_refusal_is_told_without_the_secret(
    transport: Transport, provider: FakeProvider, status: int, body: dict[str, Any], code: str
) -> None:
    provider.play(gives(body, status))
    auth, plain, bound = m2m(provider)

    with pytest.raises(ProviderError) as caught:
        await authorize(auth, M2M, plain, bound, transport)

    assert caught.value.code == code
    assert "dose-very-secret" not in caught.value.message


async def test_a_service_account_signs_for_google_s_token_host_only(provider: FakeProvider) -> None:
    provider.play(gives({"access_token": TOKEN, "expires_in": 3599}))
    transport, auth = ToGoogle(provider), Auth(kind="google")
    plain = Outgoing("POST", "https://europe-west4-aiplatform.googleapis.com/v1/x")
    bound = frozenset({origin_of(plain.url)})

    done = await authorize(auth, google_account(json.dumps(ACCOUNT)), plain, bound, transport)
    await transport.aclose()

    assert done.auth == {"Authorization": f"Bearer {TOKEN}"}
    (asked,) = transport.asked
    assert (asked.url, asked.allow_private, asked.auth) == (GOOGLE_TOKEN_URL, False, {})
    form = parse_qs(provider.requests[0].body.decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    head, claims, signature = form["assertion"][0].split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (said["iss"], said["aud"]) == (ACCOUNT["client_email"], GOOGLE_TOKEN_URL)
    assert said["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    signed = base64.urlsafe_b64decode(signature + "==")
    RSA.public_key().verify(signed, f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256())


async def test_a_user_s_own_credentials(provider: FakeProvider) -> None:
    provider.play(gives({"access_token": TOKEN, "expires_in": 3599}))
    user = {"type": "authorized_user", "client_id": "c", "client_secret": "d-secret", "refresh_token": "1//refresh"}
    transport = ToGoogle(provider)
    plain = Outgoing("POST", "https://aiplatform.googleapis.com/v1/x")

    secret = google_account(json.dumps(user))
    await authorize(Auth(kind="google"), secret, plain, frozenset({origin_of(plain.url)}), transport)
    await transport.aclose()

    form = parse_qs(provider.requests[0].body.decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["1//refresh"])
    assert without_key(f"d-secret 1//refresh {TOKEN}", secret) == "[removed] [removed] [removed]"


def test_every_line_of_a_private_key_is_removed() -> None:
    secret = google_account(json.dumps(ACCOUNT))

    assert without_key(f"key: {PEM}", secret) == "key: [removed]"
    for line in PEM.splitlines()[1:-1]:
        assert line not in without_key(f"<{line}>", secret)


async def test_a_key_that_cannot_be_read_is_said(provider: FakeProvider) -> None:
    broken = {**ACCOUNT, "private_key": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}
    transport = ToGoogle(provider)
    plain = Outgoing("POST", "https://aiplatform.googleapis.com/v1/x")
    secret = Secret(json.dumps(broken))
    with pytest.raises(SetupError, match="private key"):
        await authorize(Auth(kind="google"), secret, plain, frozenset({origin_of(plain.url)}), transport)
    await transport.aclose()
    assert transport.asked == []


async def test_a_whole_call_with_a_client(transport: Transport, provider: FakeProvider) -> None:
    provider.play(gives({"access_token": TOKEN, "expires_in": 3600}), says())
    auth, plain, bound = m2m(provider)
    spec = ProviderSpec(slug="m2m", name="M2M", base_url=provider.base_url, auth=auth)
    adapter = get_adapter("openai_chat")
    target = Target(spec, adapter, provider.base_url, "m", M2M, bound, allow_private=plain.allow_private)
    client = ChatClient(target, transport, first_byte=10, idle=10, total=20, output_limit=1000)

    request = ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"),))
    said = "".join([event.text async for event in client.stream(request) if isinstance(event, Delta)])

    assert said == "Hello"
    assert [each.path for each in provider.requests] == ["/v1/oidc/v1/token", "/v1/chat/completions"]
    assert provider.requests[1].headers["authorization"] == f"Bearer {TOKEN}"
