"""Which deployment comes first: properties over any deployments, facts and dice."""

import random
from collections import Counter
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.choice import order
from providers.contract.errors import SetupError
from providers.contract.grouping import Facts, Option, Strategy

NOWHERE = SetupError("not_found", "nobody calls in these tests")
STRATEGIES = get_args(Strategy)

FACTS = st.builds(
    Facts,
    in_flight=st.integers(0, 50),
    used=st.floats(0, 3),
    latency_ms=st.none() | st.floats(0, 1e6),
    rests=st.just(0.0) | st.floats(0.001, 3600),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Option], dict[str, Facts]]:
    options = [
        Option(
            str(number),
            f"model {number}",
            NOWHERE,
            priority=draw(st.integers(0, 3)),
            weight=draw(st.integers(0, 5)),
            price=draw(st.none() | st.decimals(0, 100, places=2)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    facts = {option.key: draw(FACTS) for option in options if draw(st.booleans())}
    return options, facts


def options_of(**fields: list[object]) -> list[Option]:
    count = len(next(iter(fields.values())))
    return [
        Option(str(at), str(at), NOWHERE, **{name: values[at] for name, values in fields.items()})  # type: ignore[arg-type]
        for at in range(count)
    ]


def keys(found: list[Option]) -> str:
    return "".join(option.key for option in found)


@given(worlds(), st.sampled_from(STRATEGIES), st.randoms(use_true_random=False))
def test_everybody_comes_once_and_in_three_classes(
    world: tuple[list[Option], dict[str, Facts]], strategy: Strategy, dice: random.Random
) -> None:
    options, facts = world
    found = order(options, facts, strategy, dice)

    assert sorted(found, key=lambda option: option.key) == options
    known = [(option, facts.get(option.key, Facts())) for option in found]
    classes = [2 if own.rests > 0 else 1 if own.used >= 1 else 0 for _, own in known]
    assert classes == sorted(classes)
    for awake in (0, 1):
        priorities = [option.priority for (option, _), where in zip(known, classes, strict=True) if where == awake]
        assert priorities == sorted(priorities)
    resting = [own.rests for _, own in known if own.rests > 0]
    assert resting == sorted(resting)


@given(worlds(), st.sampled_from(STRATEGIES), st.integers())
def test_the_same_dice_give_the_same_order(
    world: tuple[list[Option], dict[str, Facts]], strategy: Strategy, seed: int
) -> None:
    options, facts = world
    assert order(options, facts, strategy, random.Random(seed)) == order(options, facts, strategy, random.Random(seed))


@pytest.mark.parametrize(
    ("strategy", "facts", "expected"),
    [
        ("least_busy", {"0": Facts(in_flight=3), "1": Facts(), "2": Facts(in_flight=1)}, "120"),
        ("lowest_latency", {"0": Facts(latency_ms=90), "1": Facts(latency_ms=20), "2": Facts()}, "210"),
        ("usage_based", {"0": Facts(used=0.5), "1": Facts(used=0.9), "2": Facts(used=0.1)}, "201"),
    ],
)
def test_each_strategy_looks_at_its_own_fact(strategy: Strategy, facts: dict[str, Facts], expected: str) -> None:
    options = options_of(weight=[1, 1, 1])
    assert keys(order(options, facts, strategy, random.Random(1))) == expected


def test_the_cheapest_comes_first_and_an_unknown_price_last() -> None:
    options = options_of(price=[None, Decimal("12.5"), Decimal("0.4")])
    assert keys(order(options, {}, "lowest_cost", random.Random(1))) == "210"


def test_a_weight_is_how_often_one_comes_first() -> None:
    options, dice = options_of(weight=[8, 2, 0]), random.Random(7)
    first = Counter(order(options, {}, "weighted_shuffle", dice)[0].key for _ in range(2000))

    assert 0.75 < first["0"] / 2000 < 0.85
    assert first["2"] == 0
