"""The seam between a rendered request and the wire: headers of a key, a signature over the exact bytes, or a token."""

from collections.abc import Mapping
from dataclasses import replace

from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials.aws import aws_headers
from providers.credentials.tokens import access_token
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of


async def authorize(
    auth: Auth, secret: Secret | None, outgoing: Outgoing, origins: frozenset[str], transport: Transport
) -> Outgoing:
    """The request with what proves who asks. Nothing of it may be changed afterwards: it may be signed.

    SetupError if a key is missing, unusable, or bound to other origins; ProviderError if a token cannot be had.
    """
    if auth.kind == "none" or (secret is None and auth.keyless_too):
        return outgoing
    if secret is None:
        raise SetupError("authentication", "No API key is stored for this provider. Add one in the administration.")
    origin = origin_of(outgoing.url)
    if origin not in origins:
        message = f"The stored key is not bound to {origin}; it was not sent. Enter the key again for this address."
        raise SetupError("authentication", message)
    if auth.kind == "sigv4":
        headers = await aws_headers(auth, secret, outgoing)
    elif auth.kind in {"google", "client_credentials"}:
        headers = {"Authorization": f"Bearer {await access_token(auth, secret, outgoing, origins, transport)}"}
    else:
        headers = _plain(auth, secret)
    return replace(outgoing, auth=headers)


def _plain(auth: Auth, secret: Secret) -> Mapping[str, str]:
    key = secret.reveal().strip()
    if not key or not key.isascii() or not key.isprintable():
        raise SetupError("authentication", "The stored key holds characters that no header can carry. Enter it again.")
    if auth.kind == "header":
        return {auth.header: f"{auth.prefix}{key}"}
    return {"Authorization": f"Bearer {key}"}
