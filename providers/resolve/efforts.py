"""How hard a model can be told to think: found by writing such requests, so what is offered is what is sent."""

from functools import lru_cache
from typing import get_args

from pydantic import ValidationError

from providers.adapters import get_adapter
from providers.contract.errors import ProviderError, SetupError
from providers.contract.messages import ChatRequest, Effort, Message, ReasoningParams
from providers.contract.spec import ProviderSpec

EFFORTS: tuple[Effort, ...] = get_args(Effort)
NAME = "reasoning_effort"


@lru_cache(maxsize=64)
def _spec_of(facts: str) -> ProviderSpec:
    return ProviderSpec.model_validate_json(facts)


@lru_cache(maxsize=8192)
def efforts_taken(facts: str, protocol: str, model_id: str) -> tuple[Effort, ...] | None:
    """The efforts that go out as they were asked for; None where all do, since then nobody has said which are taken.

    ``facts``: of the provider, as JSON. Rows can be written past every check, which makes it unknown, too: one of them
    must not take the list of all models away.
    """
    try:
        spec = _spec_of(facts)
    except ValidationError:
        return None
    taken = tuple(effort for effort in EFFORTS if _goes_out(spec, protocol, model_id, effort))
    return None if taken == EFFORTS else taken


def _goes_out(spec: ProviderSpec, protocol: str, model_id: str, effort: Effort) -> bool:
    said = (Message.of_text("user", "?"),)
    request = ChatRequest(model_id=model_id, messages=said, reasoning=ReasoningParams(effort=effort))
    try:
        report = get_adapter(protocol).render(request, spec).report
    except (ProviderError, SetupError):
        return False
    return NAME not in report.clamped and NAME not in report.dropped
