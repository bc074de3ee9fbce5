"""The signature of a message, as Standard Webhooks says it: receivers verify it with any library of that name. Pure."""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


def headers_of(secret: str, message_id: str, at: int, body: bytes) -> dict[str, str]:
    """Three headers. Signed is ``<id>.<unix seconds>.<body>``; the signature is ``v1,<base64 HMAC-SHA256>``."""
    signed = f"{message_id}.{at}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def key_of(secret: str) -> bytes:
    """The bytes that sign: what ``whsec_`` is followed by in base64, otherwise the text itself."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()
