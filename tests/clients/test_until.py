"""Waiting with a deadline."""

import pytest

from tests.clients.until import NeverCame, until, wait_until


async def test_until_gives_the_first_true_value_or_fails() -> None:
    values = iter([0, "", 7])

    assert await until(lambda: next(values)) == 7
    with pytest.raises(NeverCame):
        await until(lambda: False, seconds=0.05)


def test_wait_until_does_the_same_without_a_loop() -> None:
    values = iter([0, "", 7])

    assert wait_until(lambda: next(values)) == 7
    with pytest.raises(NeverCame):
        wait_until(lambda: False, seconds=0.05)
