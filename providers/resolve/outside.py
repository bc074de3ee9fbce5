"""The vault and the guarded HTTP client for what else the site sends to addresses that an administrator has named."""

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.secret import Secret
from providers.resolve.routes import site_routes
from providers.transport.origin import origin_of, parse_base_url

if TYPE_CHECKING:
    from providers.transport.http import Transport

READ_BYTES = 4096


def check_address(url: str) -> str:
    """The origin of an address that somebody enters. Raises SetupError, which says what is wrong with it."""
    return str(parse_base_url(url))


@sensitive_variables()
def seal_for(table: str, pk: str, url: str, secret: Secret) -> str:
    """The ciphertext of a secret, bound to this row and to where it is used. Raises VaultError."""
    return vault.seal(_row(table, pk, url), secret)


@sensitive_variables()
def open_for(table: str, pk: str, url: str, ciphertext: str) -> Secret:
    """The secret again. Raises VaultError if the row or the address was changed past the administration."""
    return vault.open_sealed(_row(table, pk, url, ciphertext))


def reseal_for(table: str, pk: str, url: str, ciphertext: str, master_key: str) -> str | None:
    """The same secret under the master key in force; None if it is under it already. Raises VaultError."""
    if vault.key_id_of(ciphertext) == master_key:
        return None
    return seal_for(table, pk, url, open_for(table, pk, url, ciphertext))


def _row(table: str, pk: str, url: str, ciphertext: str = "") -> SimpleNamespace:
    named = SimpleNamespace(db_table=table)
    return SimpleNamespace(
        pk=pk, hosts=[origin_of(url)], provider=SimpleNamespace(slug=""), _meta=named, ciphertext=ciphertext
    )


async def post_out(
    transport: "Transport", url: str, body: bytes, headers: dict[str, str], *, allow_private: bool, seconds: float
) -> int:
    """POST through the guard: no redirects, ``seconds`` for all of it, little of the answer read. Its status.

    Raises ProviderError, which names no header, and TimeoutError.
    """
    from providers.transport.http import Outgoing

    outgoing = Outgoing("POST", url, headers, body, allow_private=allow_private, routes=site_routes())
    async with asyncio.timeout(seconds), transport.stream(outgoing) as response:
        await response.read(READ_BYTES)
        return response.status
