"""Settings, errors and hops, as a share shows them."""

from compare_site.comparisons.project import PARTS
from compare_site.comparisons.project_parts import shown_cost, shown_error, shown_hop, shown_numbers, shown_settings

ALL = frozenset(PARTS)
SETTINGS = {
    "params": {"temperature": 0.5, "logprobs": True, "stop": ["x"], "max_tokens": "seven"},
    "reasoning": {"effort": "high", "budget": 5, "summary": "auto"},
    "extra": {"x": 1},
}
ERROR = {"code": "server", "message": "said", "status": 500, "request_id": "r", "trace": "t"}
HOP = {"provider": "p", "model": "m", "base_url": "u", "status": 200, "ms": 5, "error": "server", "more": 1}


def test_settings() -> None:
    assert shown_settings(SETTINGS, ALL) == SETTINGS
    numbers = {"params": {"temperature": 0.5, "logprobs": True}, "reasoning": {"effort": "high", "budget": 5}}
    assert shown_settings(SETTINGS, ALL - {"raw"}) == numbers
    assert shown_settings({"reasoning": {"effort": "secret"}}, frozenset()) == {}


def test_errors() -> None:
    assert shown_error(None, ALL) is None
    assert shown_error(ERROR, ALL) == {"code": "server", "message": "said", "status": 500, "request_id": "r"}
    for part in ("prompt", "system", "attachments", "names"):
        assert shown_error(ERROR, ALL - {"raw", part}) == {"code": "server", "message": "", "status": 500}


def test_hops() -> None:
    assert shown_hop(HOP, ALL) == {name: HOP[name] for name in HOP if name != "more"}
    assert "base_url" not in shown_hop(HOP, ALL - {"raw"})
    assert "ms" not in shown_hop(HOP, ALL - {"metrics"})
    assert shown_hop(HOP, ALL - {"names"}) == {}


def test_figures_are_numbers() -> None:
    assert shown_numbers({"input": 1, "output": None, "source": "somebody"}) == {"input": 1, "output": None}
    assert shown_numbers(None) is None
    assert shown_cost({"amount": "1", "currency": "USD", "source": "reported", "by": "x"}) == {
        "amount": "1",
        "currency": "USD",
        "source": "reported",
    }
