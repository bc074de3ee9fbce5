"""Removes keys from what is shown: each secret piece in a provider's words, and the tokens that were made of them."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from urllib.parse import quote

from providers.contract.material import secret_texts
from providers.contract.secret import Secret
from providers.transport.http import Outgoing

REMOVED = "[removed]"
SHORTEST = 6
SHORTEST_PIECE = 10
"""Shorter pieces of a text are not taken for a key."""
MOST_SECRETS = 256
MOST_TOKENS = 4

_issued: OrderedDict[str, tuple[str, ...]] = OrderedDict()


def without_key(text: str, secret: Secret | None, also: Iterable[str] = ()) -> str:
    """``text`` with the key removed, in case a provider echoes it. ``also``: what else goes, like ``proof_of``."""
    if secret is None or not text:
        return text
    known = (*secret_texts(secret), *_issued.get(digest(secret), ()), *also)
    keys = {key for key in known if len(key) >= SHORTEST}
    spellings = {form for key in keys for form in (key, quote(key, safe=""), json.dumps(key)[1:-1])}
    forms = sorted(spellings, key=len, reverse=True)
    for form in forms:
        text = text.replace(form, REMOVED)
    for form in forms:
        text = _without_pieces(text, form)
    return text


def proof_of(outgoing: Outgoing) -> tuple[str, ...]:
    """What a request shows of its credential: the key, the token, the signature. Not the words around them."""
    values = (value for name, value in outgoing.auth.items() if name.lower() != "x-amz-date")
    return tuple(value.rpartition(" ")[2].rpartition("Signature=")[2] for value in values)


def remember(secret: Secret, *texts: str) -> None:
    """These were made of the secret and are as secret: tokens, keys of a profile."""
    known = _issued.pop(digest(secret), ())
    _issued[digest(secret)] = tuple(dict.fromkeys((*texts, *known)))[:MOST_TOKENS]
    while len(_issued) > MOST_SECRETS:
        _issued.popitem(last=False)


def digest(secret: Secret) -> str:
    """What a secret is known by in this process."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


def _without_pieces(text: str, key: str) -> str:
    """A key of which something else has already taken a part: what is left of its end or its beginning goes, too."""
    if key[:SHORTEST_PIECE] not in text and key[-SHORTEST_PIECE:] not in text:
        return text
    for cut in range(1, len(key) - SHORTEST_PIECE + 1):
        for piece in (key[cut:], key[:-cut]):
            text = text.replace(piece, REMOVED)
    return text
