"""What a credential consists of: one text for most kinds; several pieces, as JSON in one sealed value, for others.

Errors name what is wrong and never quote the text. The secret pieces are those that must not show up anywhere again.
"""

import json
from typing import Any, Literal, NamedTuple

from providers.contract.secret import BadKey, Secret, clean_key
from providers.contract.spec import CredentialKind

GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
JSON_LIMIT = 16 * 1024
SHORTEST_LINE = 20
MaterialFault = Literal["incomplete", "json", "account", "token_uri", "private_key"]
_SECRET = frozenset({"secret_access_key", "session_token", "client_secret", "private_key", "refresh_token"})
_ACCOUNTS = {
    "service_account": ("client_email", "private_key"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}


class Piece(NamedTuple):
    """One field of a credential of several pieces."""

    name: str
    required: bool = True


PIECES: dict[CredentialKind, tuple[Piece, ...]] = {
    "sigv4": (Piece("access_key_id"), Piece("secret_access_key"), Piece("session_token", required=False)),
    "client_credentials": (Piece("client_id"), Piece("client_secret")),
}
"""The kinds whose pieces are typed one by one; of sigv4 a ``profile`` can stand instead of all of them."""


class BadMaterial(ValueError):
    """The pieces make no credential. ``piece`` is the one at fault; its text is in no field."""

    def __init__(self, fault: MaterialFault, piece: str = "") -> None:
        super().__init__(f"not usable as a credential: {fault} {piece}".strip())
        self.fault: MaterialFault = fault
        self.piece = piece


def is_composite(kind: CredentialKind) -> bool:
    """Whether a credential of this kind is JSON."""
    return kind in PIECES or kind == "google"


def compose(kind: CredentialKind, pieces: dict[str, str]) -> Secret:
    """The pieces of a credential as one value. Raises BadMaterial, or BadKey of the piece in question."""
    material: dict[str, str] = {}
    for piece in PIECES[kind]:
        text = pieces.get(piece.name, "")
        if text.strip():
            material[piece.name] = clean_key(text).reveal()
        elif piece.required:
            raise BadMaterial("incomplete", piece.name)
    return Secret(json.dumps(material, separators=(",", ":")))


def profile(name: str) -> Secret:
    """AWS credentials that the worker's own machine has: nothing secret is stored."""
    return Secret(json.dumps({"profile": clean_key(name).reveal()}))


def google_account(text: str) -> Secret:
    """A service account, or a user's own, as Google hands it out. It names Google's token host and no other."""
    if len(text) > JSON_LIMIT:
        raise BadKey("long")
    try:
        account = json.loads(text)
    except ValueError:
        raise BadMaterial("json") from None
    needed = _ACCOUNTS.get(account.get("type", "")) if isinstance(account, dict) else None
    if needed is None:
        raise BadMaterial("account")
    for name in needed:
        if not isinstance(account.get(name), str) or not account[name]:
            raise BadMaterial("incomplete", name)
    if account.get("token_uri", GOOGLE_TOKEN_URL) != GOOGLE_TOKEN_URL:
        raise BadMaterial("token_uri")
    if account["type"] == "service_account" and "PRIVATE KEY-----" not in account["private_key"]:
        raise BadMaterial("private_key")
    kept = ("type", "project_id", "private_key_id", "quota_project_id", *needed)
    return Secret(json.dumps({name: account[name] for name in kept if isinstance(account.get(name), str)}))


def clean(kind: CredentialKind, text: str) -> Secret:
    """A credential given as one text: a key, or for kinds of several pieces the JSON object of them."""
    if not is_composite(kind):
        return clean_key(text)
    if kind == "google":
        return google_account(text)
    if len(text) > JSON_LIMIT:
        raise BadKey("long")
    try:
        pieces = json.loads(text)
    except ValueError:
        raise BadMaterial("json") from None
    if not isinstance(pieces, dict) or not all(isinstance(value, str) for value in pieces.values()):
        raise BadMaterial("json")
    return profile(pieces["profile"]) if kind == "sigv4" and "profile" in pieces else compose(kind, pieces)


def pieces_of(secret: Secret) -> dict[str, Any]:
    """The pieces of a credential that is JSON; empty for one that is a single text."""
    text = secret.reveal()
    if not text.startswith("{"):
        return {}
    try:
        pieces = json.loads(text)
    except ValueError:
        return {}
    return pieces if isinstance(pieces, dict) else {}


def secret_texts(secret: Secret) -> list[str]:
    """Every text in a credential that nobody may see; of a private key each line, too."""
    pieces = pieces_of(secret)
    if not pieces:
        return [secret.reveal().strip()]
    found = [str(value) for name, value in pieces.items() if name in _SECRET]
    lines = (line for text in found if "\n" in text for line in text.splitlines())
    return [*found, *(line for line in lines if len(line) >= SHORTEST_LINE and not line.startswith("-----"))]


def shown_part(secret: Secret) -> Secret:
    """The piece whose end tells this credential from others."""
    pieces = pieces_of(secret)
    if not pieces:
        return secret
    order = ("secret_access_key", "client_secret", "private_key_id", "refresh_token")
    return Secret(next((str(pieces[name]) for name in order if pieces.get(name)), ""))
