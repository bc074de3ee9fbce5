"""How hard to think, told to each family of models in its own way: Converse itself has no word for it."""

from typing import Any

from providers.contract.messages import ChatRequest, Effort, ReasoningParams
from providers.contract.quirks import BedrockQuirks, BedrockReasoning
from providers.dialects.fields import Fields
from providers.dialects.messages.claude import claude
from providers.dialects.messages.thinking import put_thinking

EXTRA = "additionalModelRequestFields"
COUNTS = "/usage"
"""Claude's own counts, which tell what its thinking has cost; Converse leaves that out."""
THREE: tuple[Effort, ...] = ("low", "medium", "high")
FOUR: tuple[Effort, ...] = ("none", *THREE)
SAMPLING = {"temperature": "temperature", "top_p": "topP"}
TOP_P_WITH_THINKING = 0.95


def way_of(model_id: str, quirks: BedrockQuirks) -> BedrockReasoning | None:
    """How this model is told to think; None if nothing is known of it."""
    return next((way for part, way in quirks.reasoning.items() if part in model_id), None)


def put_reasoning(fields: Fields, request: ChatRequest, quirks: BedrockQuirks) -> bool:
    """The wish as this model understands it, and what it then no longer takes beside it.

    Returns whether the model takes a tool choice that forces a call.
    """
    way = way_of(request.model_id, quirks)
    if way == "thinking":
        return _claude(fields, request)
    if request.reasoning is not None:
        _wished(fields, request.reasoning, way)
    return True


def _wished(fields: Fields, wish: ReasoningParams, way: BedrockReasoning | None) -> None:
    for name in ("summary", "exclude"):
        if getattr(wish, name) is not None:
            fields.drop(f"reasoning_{name}", "Converse has no such parameter")
    if wish.budget is not None:
        fields.drop("reasoning_budget", "this model takes no token budget for reasoning")
    effort: Effort | None = wish.effort
    if effort is None and wish.enabled is not None:
        effort = "medium" if wish.enabled else "none"
    if effort is not None:
        _level(fields, way, effort)


def _level(fields: Fields, way: BedrockReasoning | None, effort: Effort) -> None:
    if way == "nova":
        _nova(fields, fields.nearest_effort(effort, FOUR))
    elif way == "reasoning_effort":
        fields.put("reasoning_effort", fields.nearest_effort(effort, THREE), f"{EXTRA}.reasoning_effort")
    elif way == "reasoning_config":
        fields.put("reasoning_effort", fields.nearest_effort(effort, FOUR), f"{EXTRA}.reasoning_config")
    elif way == "reasoning.effort":
        fields.put("reasoning_effort", effort, f"{EXTRA}.reasoning.effort")
    else:
        fields.drop("reasoning_effort", "it is not known how this model is told to think")


def _nova(fields: Fields, effort: Effort) -> None:
    config = {"type": "disabled"} if effort == "none" else {"type": "enabled", "maxReasoningEffort": effort}
    fields.put("reasoning_effort", config, f"{EXTRA}.reasoningConfig")
    if effort == "high":
        refused = {"max_tokens": "maxTokens", **SAMPLING}
        _take_back(fields, refused, "Nova refuses it while it thinks with high effort")


def _take_back(fields: Fields, names: dict[str, str], reason: str) -> None:
    """Of what has been put already: our name -> field."""
    config: dict[str, Any] = fields.body.get("inferenceConfig", {})
    for name, field in names.items():
        if config.pop(field, None) is not None:
            fields.renamed.pop(name, None)
            fields.drop(name, reason)
    if not config:
        fields.body.pop("inferenceConfig", None)


def _claude(fields: Fields, request: ChatRequest) -> bool:
    """As Anthropic's own service is told, one level deeper."""
    model = claude(request.model_id)
    said = Fields({})
    put_thinking(said, request.reasoning, model, request.params.max_tokens)
    if said.body:
        fields.body[EXTRA] = said.body
    if said.body.get("thinking", {}).get("type") not in {None, model.off}:
        fields.body["additionalModelResponseFieldPaths"] = [COUNTS]
    fields.renamed.update({name: f"{EXTRA}.{field}" for name, field in said.renamed.items()})
    fields.clamped.update(said.clamped)
    fields.dropped.update(said.dropped)
    config: dict[str, Any] = fields.body.get("inferenceConfig", {})
    budgeted = model.known and "budget_tokens" in said.body.get("thinking", {})
    if not model.samples:
        _take_back(fields, SAMPLING, "this model takes no sampling parameters")
    elif budgeted:
        refused = dict(SAMPLING)
        if config.get("temperature") == 1:
            del refused["temperature"]
        if config.get("topP", 0) >= TOP_P_WITH_THINKING:
            del refused["top_p"]
        _take_back(fields, refused, "Claude refuses it while it thinks")
    if model.known and (model.budgets or model.adaptive) and {"temperature", "topP"} <= set(config):
        both = "temperature and top_p exclude each other; temperature was sent"
        _take_back(fields, {"top_p": "topP"}, both)
    return model.forced and not budgeted
