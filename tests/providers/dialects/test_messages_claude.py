"""What a Claude accepts, told by its name in every spelling."""

import pytest

from providers.dialects.messages.claude import UNKNOWN, claude


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("claude-opus-4-20250514", "claude-opus-4-0"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("claude-opus-4-1@20250805", "claude-opus-4-1"),
        ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3-7-sonnet-latest"),
        ("global.anthropic.claude-haiku-5-5", "claude-haiku-5-5"),
        ("CLAUDE-SONNET-5", "claude-sonnet-5-0"),
    ],
)
def test_spellings(name: str, same: str) -> None:
    assert claude(name) == claude(same) != UNKNOWN


@pytest.mark.parametrize(
    ("name", "budgets", "adaptive", "efforts"),
    [
        ("claude-3-5-sonnet-20241022", False, False, ""),
        ("claude-3-7-sonnet-20250219", True, False, ""),
        ("claude-sonnet-4-5", True, False, ""),
        ("claude-haiku-4-5", True, False, ""),
        ("claude-opus-4-5", True, False, "low medium high"),
        ("claude-opus-4-6", True, True, "low medium high max"),
        ("claude-sonnet-4-6", True, True, "low medium high max"),
        ("claude-opus-4-7", False, True, "low medium high xhigh max"),
        ("claude-sonnet-5", False, True, "low medium high xhigh max"),
        ("claude-haiku-5-5", False, True, "low medium high xhigh max"),
        ("claude-fable-5-2", False, True, "low medium high xhigh max"),
    ],
)
def test_thinking(name: str, budgets: bool, adaptive: bool, efforts: str) -> None:
    model = claude(name)

    assert (model.budgets, model.adaptive) == (budgets, adaptive)
    assert model.efforts == tuple(efforts.split())
    assert model.samples == (not model.hides) == (budgets or not adaptive)


@pytest.mark.parametrize(
    ("name", "off"),
    [
        ("claude-3-opus-20240229", ""),
        ("claude-sonnet-4-5", "disabled"),
        ("claude-opus-5", "disabled"),
        ("claude-opus-5-5", ""),
        ("claude-mythos-5", ""),
        ("claude-sonnet-5", "disabled"),
        ("claude-sonnet-5-5", "between_tools"),
        ("claude-haiku-5-5", "disabled"),
    ],
)
def test_how_thinking_is_switched_off(name: str, off: str) -> None:
    assert claude(name).off == off


def test_who_refuses_to_be_forced() -> None:
    refusing = "claude-fable-5-1 claude-mythos-5-2 claude-opus-5-5 claude-sonnet-5-5"
    willing = "claude-fable-5 claude-opus-5 claude-sonnet-5 claude-haiku-5-5 claude-opus-4-8 deployment-7"

    assert not any(claude(name).forced for name in refusing.split())
    assert all(claude(name).forced for name in willing.split())


def test_who_takes_system_messages_later_on() -> None:
    taking = "claude-opus-4-8 claude-opus-5 claude-fable-5 claude-mythos-5-1 claude-sonnet-5-5 claude-haiku-5-5"
    others = "claude-opus-4-7 claude-sonnet-5 claude-haiku-4-5 deployment-7"

    assert all(claude(name).system_inside for name in taking.split())
    assert not any(claude(name).system_inside for name in others.split())


def test_names_that_say_nothing_are_trusted() -> None:
    assert claude("deployment-7") == claude("deepseek-chat") == UNKNOWN
    assert UNKNOWN.samples
    assert not claude("claude-2.1").budgets
    assert not claude("claude-instant-1.2").budgets
