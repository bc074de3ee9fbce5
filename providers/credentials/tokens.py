"""Access tokens, good for an hour: fetched through the guarded transport, kept in memory only, renewed in time."""

import asyncio
import base64
import time
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from providers.contract.errors import ErrorCode, ProviderError, SetupError
from providers.contract.material import GOOGLE_TOKEN_URL, pieces_of
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials.removal import digest, remember, without_key
from providers.dialects.errors import scrub
from providers.dialects.jsonvalue import as_dict, as_text, read_json
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of

EARLY = 300.0
"""Seconds before its end at which a token is renewed; of a short-lived one a tenth of its life."""
LIFETIME = 3600
GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MOST_TOKENS = 256
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class _Token(NamedTuple):
    text: str
    renew_at: float

    def __repr__(self) -> str:
        return "_Token(…)"


_tokens: dict[str, _Token] = {}
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]] = WeakKeyDictionary()


async def access_token(
    auth: Auth, secret: Secret, outgoing: Outgoing, origins: frozenset[str], transport: Transport
) -> str:
    """A token that is good for a while. Many who ask at once cause one request."""
    name = f"{digest(secret)} {auth.token_url} {auth.scope}"
    locks = _locks.setdefault(asyncio.get_running_loop(), {})
    async with locks.setdefault(name, asyncio.Lock()):
        known = _tokens.get(name)
        if known is None or time.monotonic() >= known.renew_at:
            asked = await _asking(auth, secret, outgoing, origins)
            known = await _ask(asked, secret, transport)
            while len(_tokens) >= MOST_TOKENS:
                _tokens.pop(next(iter(_tokens)))
            _tokens[name] = known
    return known.text


async def _asking(auth: Auth, secret: Secret, outgoing: Outgoing, origins: frozenset[str]) -> Outgoing:
    """The request for a token. It goes to Google's own host, or to an origin that the key is bound to."""
    pieces = pieces_of(secret)
    if auth.kind == "google":
        # RSA and the first import take their time.
        grant = await asyncio.to_thread(_google_grant, pieces, auth.scope or GOOGLE_SCOPE)
        remember(secret, grant.get("assertion", ""))
        return Outgoing("POST", GOOGLE_TOKEN_URL, FORM, urlencode(grant).encode(), routes=outgoing.routes)
    if "{" in auth.token_url or not auth.token_url:
        raise SetupError("bad_request", "The address for tokens is not complete. An administrator can complete it.")
    origin = origin_of(auth.token_url)
    if origin not in origins:
        message = f"The stored credential is not bound to {origin}; it was not sent. Enter it again."
        raise SetupError("authentication", message)
    if not pieces.get("client_id") or not pieces.get("client_secret"):
        raise SetupError("authentication", "The stored credential has no client id and secret. Enter it again.")
    pair = f"{quote(pieces['client_id'], safe='')}:{quote(pieces['client_secret'], safe='')}"
    basic = base64.b64encode(pair.encode()).decode()
    remember(secret, basic)
    grant = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
    private = outgoing.allow_private and origin == origin_of(outgoing.url)
    proof = {"Authorization": f"Basic {basic}"}
    return Outgoing("POST", auth.token_url, FORM, urlencode(grant).encode(), proof, private, outgoing.routes)


def _google_grant(pieces: dict[str, Any], scope: str) -> dict[str, str]:
    if pieces.get("type") == "authorized_user":
        return {"grant_type": "refresh_token", **{name: pieces[name] for name in _USER}}
    from google.auth import crypt, jwt

    now = int(time.time())
    claims = {
        "iss": pieces.get("client_email"),
        "aud": GOOGLE_TOKEN_URL,
        "scope": scope,
        "iat": now,
        "exp": now + LIFETIME,
    }
    try:
        signer = crypt.RSASigner.from_service_account_info(pieces)  # type: ignore[no-untyped-call]
        assertion = jwt.encode(signer, claims).decode()  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, TypeError):
        message = "The private key of the stored service account cannot be read. Enter its JSON again."
        raise SetupError("authentication", message) from None
    return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}


_USER = ("client_id", "client_secret", "refresh_token")


async def _ask(asked: Outgoing, secret: Secret, transport: Transport) -> _Token:
    started = time.monotonic()
    status, _headers, body = await transport.get(asked)
    try:
        answer = as_dict(read_json(body))
    except ValueError:
        answer = {}
    token, kind = as_text(answer.get("access_token")), as_text(answer.get("token_type")) or "Bearer"
    if not 200 <= status < 300 or not token or kind.lower() != "bearer":
        raise _refusal(status, answer, asked.url, secret)
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ProviderError("authentication", "The token that was given cannot stand in a header.", status=status)
    remember(secret, token)
    given = answer.get("expires_in")
    life = float(given) if isinstance(given, int | float | str) and str(given).isdigit() else float(LIFETIME)
    return _Token(token, started + life - min(EARLY, life / 10))


def _refusal(status: int, answer: dict[str, Any], url: str, secret: Secret) -> ProviderError:
    said = scrub(as_text(answer.get("error_description")) or as_text(answer.get("error")))
    code: ErrorCode = "server" if status >= 500 else "rate_limited" if status == 429 else "authentication"
    message = f"No access token from {origin_of(url)} (status {status})" + (f": {said}" if said else ".")
    return ProviderError(code, without_key(message, secret), status=status)
