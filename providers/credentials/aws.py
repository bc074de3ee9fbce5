"""Signature Version 4 by botocore. Its modules are loaded with the first request that is signed."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from providers.contract.errors import SetupError
from providers.contract.material import pieces_of
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials.removal import remember
from providers.transport.http import Outgoing

SIGNED = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")


class AwsKeys(NamedTuple):
    """What botocore signs with; its own names for them."""

    access_key: str
    secret_key: str
    token: str | None

    def __repr__(self) -> str:
        return "AwsKeys(…)"


async def aws_headers(auth: Auth, secret: Secret, outgoing: Outgoing) -> Mapping[str, str]:
    """The headers that sign exactly this method, URL and body."""
    if not auth.region or "{" in auth.region:
        raise SetupError("bad_request", "The AWS region is missing. An administrator can enter it at the provider.")
    pieces = pieces_of(secret)
    if profile := pieces.get("profile"):
        # Asking for them may read files or call the machine's own metadata service.
        keys = await asyncio.to_thread(_of_machine, str(profile))
        remember(secret, keys.secret_key, keys.token or "")
    elif pieces.get("access_key_id") and pieces.get("secret_access_key"):
        keys = AwsKeys(pieces["access_key_id"], pieces["secret_access_key"], pieces.get("session_token"))
    else:
        raise SetupError("authentication", "The stored credential is no AWS access key. Enter it again.")
    return _sign(auth, keys, outgoing)


def _sign(auth: Auth, keys: AwsKeys, outgoing: Outgoing) -> Mapping[str, str]:
    from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

    content = {name: value for name, value in outgoing.headers.items() if name.lower() == "content-type"}
    request = AWSRequest(outgoing.method, outgoing.url, headers=content, data=outgoing.body)
    SigV4Auth(keys, auth.service or "bedrock", auth.region).add_auth(request)
    return {name: request.headers[name] for name in SIGNED if name in request.headers}


def _of_machine(profile: str) -> AwsKeys:
    """The credentials that this machine has under a profile; "default" is also its environment and its role."""
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    try:
        found = _chain(profile)
        frozen = found.get_frozen_credentials() if found is not None else None
    except BotoCoreError as error:
        message = f"The AWS profile of the worker cannot be used: {type(error).__name__}."
        raise SetupError("authentication", message) from None
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise SetupError("authentication", "The worker's machine has no AWS credentials under this profile.")
    return AwsKeys(frozen.access_key, frozen.secret_key, frozen.token)


@lru_cache(maxsize=16)
def _chain(profile: str) -> Any:
    """botocore's own chain; what it finds renews itself."""
    from botocore.session import Session  # type: ignore[import-untyped]

    return Session(profile=None if profile == "default" else profile).get_credentials()
