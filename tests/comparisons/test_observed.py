"""What an answer shows of its model: what was there, and nothing from what was not."""

import pytest

from compare_site.comparisons.events import Usage
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.observed import newly_shown


def fold(*blocks: Block, **usage: int) -> RunFold:
    return RunFold(id="r", content=list(blocks), usage=Usage(**usage) if usage else None)


ANSWERS: list[tuple[RunFold, set[str]]] = [
    (fold(), set()),
    (fold(Block(index=0, kind="text", text="hi"), output=3, reasoning=0), set()),
    (fold(Block(index=0, kind="reasoning", text="hm")), {"reasoning"}),
    (fold(Block(index=0, kind="reasoning", text="")), set()),
    (fold(Block(index=0, kind="text", text="hi"), reasoning=7), {"reasoning"}),
    (fold(Block(index=0, kind="tool_call", name="f", text="{}")), {"tools"}),
    (fold(Block(index=0, kind="text", text="hi", data={"logprobs": [{"token": "hi"}]})), {"logprobs"}),
    (fold(Block(index=0, kind="text", text="hi", data={"logprobs": []})), set()),
]


@pytest.mark.parametrize(("answer", "shown"), ANSWERS, ids=range(len(ANSWERS)))
def test_what_is_shown(answer: RunFold, shown: set[str]) -> None:
    assert newly_shown(answer, {}) == shown
    assert newly_shown(answer, dict.fromkeys(shown, False)) == shown
    assert newly_shown(answer, dict.fromkeys(shown, True)) == set()
