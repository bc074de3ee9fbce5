"""From a secret to request headers, at the last moment before sending. The only reader of ``Secret.reveal``.

A key goes to the origins it is bound to and nowhere else, whatever URL is being called.
"""

import json
from collections.abc import Mapping
from urllib.parse import quote

from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.transport.origin import origin_of

SHORTEST = 6
SHORTEST_PIECE = 10
"""Shorter pieces of a text are not taken for a key."""


def authorize(auth: Auth, secret: Secret | None, url: str, origins: frozenset[str]) -> Mapping[str, str]:
    """The headers that prove who asks. SetupError if a key is missing, unusable, or bound to other origins."""
    if auth.kind == "none" or (secret is None and auth.kind == "optional_bearer"):
        return {}
    if secret is None:
        raise SetupError("authentication", "No API key is stored for this provider. Add one in the administration.")
    origin = origin_of(url)
    if origin not in origins:
        message = f"The stored key is not bound to {origin}; it was not sent. Enter the key again for this address."
        raise SetupError("authentication", message)
    key = secret.reveal().strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SetupError("authentication", "The stored key holds characters that no header can carry. Enter it again.")
    if auth.kind == "header":
        return {auth.header: f"{auth.prefix}{key}"}
    return {"Authorization": f"Bearer {key}"}


def without_key(text: str, secret: Secret | None) -> str:
    """``text`` with the key removed, in case a provider echoes it."""
    key = secret.reveal().strip() if secret is not None else ""
    if len(key) < SHORTEST:
        return text
    for form in {key, quote(key, safe=""), json.dumps(key)[1:-1]}:
        text = _without_pieces(text.replace(form, "[removed]"), form)
    return text


def _without_pieces(text: str, key: str) -> str:
    """A key of which something else has already taken a part: what is left of its end or its beginning goes, too."""
    for cut in range(1, len(key) - SHORTEST_PIECE + 1):
        for piece in (key[cut:], key[:-cut]):
            text = text.replace(piece, "[removed]")
    return text
