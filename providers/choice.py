"""In which order the deployments of a group are asked. Pure: facts and the random source are passed in.

Deployments that rest come last, those that have used up their limits before them. Among the others a lower priority
number always goes first, and the group's strategy decides among equals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from providers.contract.grouping import Facts, Option, Strategy

NOTHING = Facts()


class Dice(Protocol):
    """Where chance comes from."""

    def random(self) -> float:
        """At least 0, less than 1."""
        ...


def order(options: Sequence[Option], facts: Mapping[str, Facts], strategy: Strategy, dice: Dice) -> list[Option]:
    """All the options, the one to try first at the beginning."""
    known = {option.key: facts.get(option.key, NOTHING) for option in options}
    rank = RANKS[strategy]

    def place(option: Option) -> tuple[float, ...]:
        own = known[option.key]
        if own.rests > 0:
            return (2, own.rests, option.priority, _draw(option, dice))
        return (int(own.used >= 1), option.priority, rank(option, own), _draw(option, dice))

    return sorted(options, key=place)


def _draw(option: Option, dice: Dice) -> float:
    """Sorted by this, an option comes first as often as its weight says; one without weight after all others."""
    if option.weight <= 0:
        return math.inf
    return -math.log(1.0 - dice.random()) / option.weight


def _price(option: Option, _facts: Facts) -> float:
    return math.inf if option.price is None else float(option.price)


def _latency(_option: Option, facts: Facts) -> float:
    """One that nobody has asked of late is asked: otherwise it would never be known."""
    return 0.0 if facts.latency_ms is None else facts.latency_ms


RANKS: dict[Strategy, Callable[[Option, Facts], float]] = {
    "weighted_shuffle": lambda option, facts: 0.0,
    "least_busy": lambda option, facts: float(facts.in_flight),
    "lowest_latency": _latency,
    "lowest_cost": _price,
    "usage_based": lambda option, facts: facts.used,
}


def circle(start: str, leads_to: Mapping[str, Sequence[str]]) -> list[str]:
    """A way from ``start`` back to it, both ends named; empty if there is none."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for following in leads_to.get(way[-1], ()):
            if following == start:
                return [*way, start]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return []
