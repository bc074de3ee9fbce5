"""What all workers know of the deployments of groups: latencies, failures and rests (pauses), in Valkey, all expiring.

While Valkey is away nothing is known, and deployments are chosen by their weights alone.
"""

import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

from compare_site import valkey
from providers.contract.grouping import Standing

log = logging.getLogger(__name__)
PREFIX = "touchstone:deployments"
WINDOW = 60
"""Seconds in which failures are counted together."""
REMEMBERED = 600
"""Seconds after which an old latency says nothing any more."""
SAMPLES = 10
FAILED = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
if ARGV[4] == '1' or count >= tonumber(ARGV[2]) then
  local left = redis.call('PTTL', KEYS[2])
  if left < tonumber(ARGV[3]) then redis.call('SET', KEYS[2], '1', 'PX', ARGV[3]) end
  redis.call('DEL', KEYS[1])
end
"""


class ValkeyBoard:
    """A ``providers.contract.grouping.Board`` on Valkey, for one event loop. ``keep`` runs a coroutine beside it."""

    def __init__(self, client: Any, keep: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._client = client
        self._keep = keep

    async def standings(self, keys: Collection[str]) -> Mapping[str, Standing]:
        wanted = list(keys)
        if not wanted:
            return {}
        pipe = self._client.pipeline(transaction=False)
        for key in wanted:
            pipe.pttl(_name(key, "rest"))
            pipe.lrange(_name(key, "latency"), 0, SAMPLES - 1)
        try:
            said = await pipe.execute()
        except (valkey.RedisError, OSError) as error:
            valkey.stop_if_cancelled()
            log.warning("nothing is known of deployments: %s", type(error).__name__)
            return {}
        return {key: _standing(said[2 * place], said[2 * place + 1]) for place, key in enumerate(wanted)}

    def answered(self, key: str, latency_ms: float) -> None:
        self._keep(self._tell(self._answered(key, latency_ms)))

    def failed(self, key: str, *, allowed: int, rest: float, at_once: bool) -> None:
        if rest > 0:
            names = (_name(key, "failures"), _name(key, "rest"))
            values = (WINDOW, allowed, max(round(rest * 1000), 1), int(at_once))
            self._keep(self._tell(self._client.eval(FAILED, len(names), *names, *values)))

    async def _answered(self, key: str, latency_ms: float) -> None:
        name = _name(key, "latency")
        pipe = self._client.pipeline(transaction=False)
        pipe.lpush(name, round(latency_ms, 1))
        pipe.ltrim(name, 0, SAMPLES - 1)
        pipe.expire(name, REMEMBERED)
        await pipe.execute()

    async def _tell(self, told: Any) -> None:
        try:
            await told
        except (valkey.RedisError, OSError) as error:
            valkey.stop_if_cancelled()
            log.warning("how a deployment did is not noted: %s", type(error).__name__)


def _name(key: str, what: str) -> str:
    return f"{PREFIX}:{key}:{what}"


def _standing(rest_ms: int, latencies: list[bytes]) -> Standing:
    known = [float(each) for each in latencies]
    return Standing(sum(known) / len(known) if known else None, max(rest_ms, 0) / 1000)
