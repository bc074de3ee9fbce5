"""Guessing is slow: wrong tokens and passwords are counted for a while by who sends them and what they are tried at."""

import hashlib
import logging

from compare_site import valkey

log = logging.getLogger(__name__)
WINDOW_SECONDS = 60
TOKENS_AN_ADDRESS = 60
PASSWORDS_AN_ADDRESS = 5
"""Of one address at one link."""
PASSWORDS_A_LINK = 60
"""Of everybody together: who guesses from many addresses is no faster."""


def may_try_token(address: str) -> bool:
    """Whether links of this address are looked up at all. Without Valkey they are: a token cannot be guessed."""
    try:
        return int(valkey.sync_client().get(_key("token", address)) or 0) < TOKENS_AN_ADDRESS
    except valkey.RedisError as error:
        log.warning("wrong links are not counted: %s", type(error).__name__)
        return True


def wrong_token(address: str) -> None:
    """One more link that opens nothing."""
    try:
        _count(_key("token", address))
    except valkey.RedisError as error:
        log.warning("a wrong link is not counted: %s", type(error).__name__)


def may_try_password(share_id: str, address: str) -> bool:
    """Counts the attempt before it is made, so that many at once gain nothing. Without Valkey nobody may."""
    try:
        own = _count(_key("password", share_id, address))
        return own <= PASSWORDS_AN_ADDRESS and _count(_key("password", share_id)) <= PASSWORDS_A_LINK
    except valkey.RedisError as error:
        log.warning("passwords of links cannot be counted, so none is tried: %s", type(error).__name__)
        return False


def right_password(share_id: str, address: str) -> None:
    """Whoever knows it starts afresh."""
    try:
        valkey.sync_client().delete(_key("password", share_id, address))
    except valkey.RedisError as error:
        log.warning("guesses are still counted: %s", type(error).__name__)


def _key(*parts: str) -> str:
    return "guess:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _count(key: str) -> int:
    client = valkey.sync_client()
    with client.pipeline(transaction=True) as pipe:
        pipe.set(key, 0, ex=WINDOW_SECONDS, nx=True)
        pipe.incr(key)
        return int(pipe.execute()[1])
