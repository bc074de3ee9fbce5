"""Body fields and the record of what became of each parameter."""

from typing import Any

import pytest

from providers.contract.messages import ChatRequest, Message, ReasoningParams
from providers.dialects.fields import Fields, reasons, refusals


def test_sent_renamed_and_nested() -> None:
    fields = Fields({})
    fields.put("a", 0)
    fields.put("b", None)
    fields.put("c", 1, "x.y.z")
    fields.put("d", 2, "x.w")

    assert fields.body == {"a": 0, "x": {"y": {"z": 1}, "w": 2}}
    assert fields.renamed == {"c": "x.y.z", "d": "x.w"}


def test_refused() -> None:
    fields = Fields(refusals(("a",), ("b",), True))
    fields.put("a", fields.at_most("a", 5, 3))
    fields.put("b", 1)

    assert (fields.body, fields.clamped) == ({}, {})
    assert fields.dropped == {
        "a": "this provider refuses it", "b": "this model does not take it while it reasons",
    }  # fmt: skip
    assert refusals((), ("b",), False) == {}


@pytest.mark.parametrize(("value", "highest", "sent"), [(5, 3, 3), (2, 3, 2), (None, 3, None), (5, None, 5)])
def test_at_most(value: Any, highest: Any, sent: Any) -> None:
    fields = Fields({})

    assert fields.at_most("n", value, highest) == sent
    assert bool(fields.clamped) is (value != sent)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (None, True),
        ({}, True),
        ({"effort": "none"}, False),
        ({"enabled": False}, False),
        ({"enabled": False, "effort": "low"}, True),
        ({"budget": 5}, True),
    ],
)
def test_whether_a_model_reasons(wish: Any, expected: bool) -> None:
    request = ChatRequest(
        model_id="o3",
        messages=(Message.of_text("user", "hi"),),
        reasoning=None if wish is None else ReasoningParams(**wish),
    )

    assert reasons(request, "^o3") is expected
    assert reasons(request.model_copy(update={"reasoning": None}), "") is False
