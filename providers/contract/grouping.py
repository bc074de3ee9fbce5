"""Model groups as values: the options (deployments) of a group, what is known of each, and the board that knows it.

What is known is shared by all workers; the site keeps it in Valkey.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import ClientEvent
from providers.contract.resolved import Target

Strategy = Literal["weighted_shuffle", "least_busy", "lowest_latency", "lowest_cost", "usage_based"]


@dataclass(frozen=True, slots=True)
class Option:
    """One deployment. ``key``: under which all workers know it; ``target``: an error if it cannot even be tried.

    ``price``: USD for a million tokens in and a million out, None if unknown. Its limits are buckets of the target.
    """

    key: str
    name: str
    target: Target | SetupError
    priority: int = 1
    weight: int = 1
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A group, ready to be driven. ``allowed_failures`` within a minute, then an option rests ``cooldown`` seconds."""

    name: str
    options: tuple[Option, ...]
    strategy: Strategy = "weighted_shuffle"
    retries: int = 0
    allowed_failures: int = 2
    cooldown: float = 0
    fallbacks: "tuple[Group, ...]" = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one option now. ``rests``: seconds until it may be tried again; ``used``: the share of its
    tightest limit that is gone, 1 = all of it; ``latency_ms``: to the first token, of late.
    """

    in_flight: int = 0
    used: float = 0
    latency_ms: float | None = None
    rests: float = 0


class Standing(NamedTuple):
    """What the board knows of one option."""

    latency_ms: float | None = None
    rests: float = 0


class Board(Protocol):
    """How the options have done of late, the same for all workers. Telling never waits; neither ever fails."""

    async def standings(self, keys: Collection[str]) -> Mapping[str, Standing]:
        """Of those of which anything is known."""
        ...

    def answered(self, key: str, latency_ms: float) -> None:
        """The first token came after so long."""
        ...

    def failed(self, key: str, *, allowed: int, rest: float, at_once: bool) -> None:
        """One more failure: the option rests for ``rest`` seconds, at once or when there were ``allowed`` of them."""
        ...


@dataclass(frozen=True, slots=True)
class Trying:
    """This target is asked now: what follows comes from it. ``rendered`` is the request as it gets it."""

    target: Target
    rendered: RenderedRequest


@dataclass(frozen=True, slots=True)
class HopFailed:
    """An option failed. ``sent``: whether a request went out; ``head``: whether the head of a response came."""

    option: Option
    error: ProviderError | SetupError
    ms: float
    sent: bool
    head: bool


GroupEvent = ClientEvent | Trying | HopFailed
