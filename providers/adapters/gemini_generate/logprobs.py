"""``logprobsResult`` as OpenAI writes probabilities, which is the form that all protocols share."""

from typing import Any

from providers.dialects.jsonvalue import as_dict, as_list
from providers.dialects.logprobs import MAX_TOKENS


def logprobs(result: Any) -> list[dict[str, Any]]:
    """The tokens with their alternatives, which stand in a list of their own."""
    chosen = as_list(as_dict(result).get("chosenCandidates"))[:MAX_TOKENS]
    others = as_list(as_dict(result).get("topCandidates"))
    tokens = []
    for place, token in enumerate(chosen):
        top = as_list(as_dict(others[place]).get("candidates")) if place < len(others) else []
        tokens.append({**_openai(token), "top_logprobs": [_openai(each) for each in top]})
    return tokens


def _openai(token: Any) -> dict[str, Any]:
    said = as_dict(token)
    return {"token": said.get("token"), "logprob": said.get("logProbability")}
