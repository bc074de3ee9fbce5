"""A signature covers exactly what a host receives: it is made again here, by hand, from the bytes that arrived."""

import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from providers.contract.errors import SetupError
from providers.contract.material import compose, profile
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials import authorize, without_key
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of
from tests.fakes.provider_server import FakeProvider, Received

ID, KEY, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEXAMPLETOKEN=="
AUTH = Auth(kind="sigv4", region="eu-central-1", service="bedrock")
PATH = "/model/eu.anthropic.claude-x%3A0/converse-stream"


def signed_by_hand(request: Received, key: str) -> str:
    """Signature Version 4 as its specification says it."""
    parts = dict(part.split("=", 1) for part in request.headers["authorization"].split(" ", 1)[1].split(", "))
    date, region, service, end = parts["Credential"].split("/")[1:]
    path, _mark, query = request.path.partition("?")
    names = parts["SignedHeaders"].split(";")
    headed = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, quote(path, safe="/~"), query, headed, ";".join(names), body))
    scope = "/".join((date, region, service, end))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest))
    signing = f"AWS4{key}".encode()
    for step in (date, region, service, end):
        signing = hmac.new(signing, step.encode(), hashlib.sha256).digest()
    return hmac.new(signing, text.encode(), hashlib.sha256).hexdigest()


async def sent(
    transport: Transport, provider: FakeProvider, secret: Secret, *, method: str = "POST", path: str = PATH
) -> Received:
    url = provider.base_url.removesuffix("/v1") + path
    body = json.dumps({"text": "grüße\u2028 {}"}, ensure_ascii=False).encode() if method == "POST" else b""
    plain = Outgoing(method, url, {"content-type": "application/json"}, body, allow_private=True)
    await transport.get(await authorize(AUTH, secret, plain, frozenset({origin_of(url)}), transport))
    return provider.requests[-1]


@pytest.mark.parametrize("token", ["", TOKEN])
@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("GET", "/foundation-models?byProvider=a%3Ab")])
async def test_what_arrives_is_what_was_signed(
    transport: Transport, provider: FakeProvider, token: str, method: str, path: str
) -> None:
    pieces = {"access_key_id": ID, "secret_access_key": KEY, "session_token": token}
    request = await sent(transport, provider, compose("sigv4", pieces), method=method, path=path)

    assert request.path == path
    assert request.headers["authorization"].endswith(f"Signature={signed_by_hand(request, KEY)}")
    assert f"Credential={ID}/" in request.headers["authorization"]
    assert "/eu-central-1/bedrock/aws4_request" in request.headers["authorization"]
    assert request.headers.get("x-amz-security-token", "") == token
    assert "content-type" in request.headers["authorization"]
    assert KEY not in str(request)


async def test_a_profile_of_the_machine(
    transport: Transport, provider: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "credentials"
    file.write_text(f"[team]\naws_access_key_id = {ID}\naws_secret_access_key = {KEY}\naws_session_token = {TOKEN}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    request = await sent(transport, provider, profile("team"))

    assert request.headers["authorization"].endswith(f"Signature={signed_by_hand(request, KEY)}")
    assert without_key(f"{KEY} {TOKEN}", profile("team")) == "[removed] [removed]"
    with pytest.raises(SetupError) as caught:
        await sent(transport, provider, profile("nobody"))
    assert caught.value.code == "authentication"


async def test_without_a_region_nothing_is_sent(transport: Transport, provider: FakeProvider) -> None:
    secret = compose("sigv4", {"access_key_id": ID, "secret_access_key": KEY})
    for region in ("", "{region}"):
        plain = Outgoing("POST", provider.base_url)
        bound = frozenset({origin_of(provider.base_url)})
        with pytest.raises(SetupError, match="region"):
            await authorize(in_region(region), secret, plain, bound, transport)
    assert provider.requests == []


def in_region(region: str) -> Auth:
    return AUTH.model_copy(update={"region": region})


def test_no_secret_piece_is_said_back() -> None:
    secret = compose("sigv4", {"access_key_id": ID, "secret_access_key": KEY, "session_token": TOKEN})
    said = f"The canonical string was x-amz-security-token:{TOKEN} {quote(KEY, safe='')} of {ID}"

    assert without_key(said, secret) == f"The canonical string was x-amz-security-token:[removed] [removed] of {ID}"
