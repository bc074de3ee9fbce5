"""Model ids of the simulated provider."""

import pytest

from compare_site.demo.grammar import MODELS, BadOption, UnknownModel, plan_of


def test_plain_names_are_the_published_models() -> None:
    assert list(MODELS) == [
        "fast",
        "slow",
        "thinker",
        "markdown",
        "tools",
        "long",
        "flaky",
        "broken",
        "stall",
        "refuses",
    ]
    assert plan_of("long").tokens == 8000


def test_options_replace_the_values_of_the_model_and_no_others() -> None:
    plan = plan_of("slow@rate=0,tokens=7")

    assert (plan.rate, plan.tokens, plan.delay) == (0, 7, MODELS["slow"].delay)


@pytest.mark.parametrize("name", ["", "fat", "@rate=1", "fast rate=1"])
def test_other_models_are_unknown(name: str) -> None:
    with pytest.raises(UnknownModel):
        plan_of(name)


@pytest.mark.parametrize("options", ["rate=-1", "rate=1.5", "rate", "speed=1", "kind=1", "tokens=300000", "rate=٣"])
def test_options_outside_the_grammar_are_refused(options: str) -> None:
    with pytest.raises(BadOption):
        plan_of(f"fast@{options}")
