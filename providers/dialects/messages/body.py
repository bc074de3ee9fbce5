"""A request as a Messages body, with a report of what became of every parameter. Pure: no clock, no chance."""

from typing import Any

from providers.contract.messages import ChatRequest, Params, RequestReport
from providers.contract.quirks import MessagesQuirks
from providers.contract.spec import ProviderSpec
from providers.dialects.fields import Fields, refusals
from providers.dialects.messages.claude import Claude, claude
from providers.dialects.messages.content import render_messages, render_system
from providers.dialects.messages.thinking import clamp, put_thinking
from providers.dialects.messages.tools import put_tools

UNKNOWN = {
    "seed": "Messages has no seed",
    "logprobs": "Messages gives no log probabilities",
    "top_logprobs": "Messages gives no log probabilities",
}
NO_SAMPLING_FROM = "2026-10-21"
TOP_P_WITH_THINKING = 0.95
NEVER_SAMPLED = "this model takes no sampling parameters"


def render_body(request: ChatRequest, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    """The body and its report, without path and headers: what other doors need."""
    quirks = spec.messages
    model = claude(request.model_id)
    fields = Fields(refusals(quirks.rejects, (), False))
    thinks = put_thinking(fields, request.reasoning, model, request.params.max_tokens)
    _put_parameters(fields, request, quirks)
    beside_thinking = thinks and model.known and model.samples
    _put_sampling(fields, request.params, quirks, model, beside_thinking=beside_thinking)
    put_tools(fields, request, may_force=model.forced and not beside_thinking)
    inside = model.system_inside
    body: dict[str, Any] = {
        "model": request.model_id,
        "system": render_system(request.messages, inside=inside),
        "messages": render_messages(request.messages, inside=inside),
        "stream": request.stream,
        "anthropic_version": quirks.body_version or None,
    }
    body = {name: value for name, value in body.items() if value is not None}
    if "{model}" in quirks.path:
        del body["model"]
    body.update(fields.body)
    body.update(request.extra)
    sent = {name: value for name, value in body.items() if name not in {"messages", "system"}}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    return body, report


def _put_parameters(fields: Fields, request: ChatRequest, quirks: MessagesQuirks) -> None:
    params = request.params
    fields.put("max_tokens", params.max_tokens)
    if params.max_tokens is None:
        budget = fields.body.get("thinking", {}).get("budget_tokens", 0)
        fields.body["max_tokens"] = clamp(fields, "max_tokens", None, quirks.max_tokens + budget)
    if params.stop:
        visible = [text for text in params.stop if text.strip()]
        fields.put("stop", clamp(fields, "stop", list(params.stop), visible) or None, "stop_sequences")
    fields.put("service_tier", params.service_tier)
    for name, why in UNKNOWN.items():
        if getattr(params, name) is not None:
            fields.drop(name, why)
    if set(request.modalities) - {"text"}:
        fields.drop("modalities", "Messages answers with text only")


def _put_sampling(
    fields: Fields, params: Params, quirks: MessagesQuirks, model: Claude, *, beside_thinking: bool
) -> None:
    """Temperature and top_p: refused by newer models and API versions, and by others beside each other or thinking."""
    temperature, top_p = params.temperature, params.top_p
    why = ""
    version = quirks.body_version or quirks.version
    if version[:1].isdigit() and version >= NO_SAMPLING_FROM:
        why = f"version {version} of the API takes no sampling parameters"
    elif not model.samples:
        why = NEVER_SAMPLED
    if why:
        for name, value in (("temperature", temperature), ("top_p", top_p)):
            if value is not None:
                fields.drop(name, why)
        return
    temperature = fields.at_most("temperature", temperature, quirks.temperature_max)
    if beside_thinking:
        temperature, top_p = _beside_thinking(fields, temperature, top_p)
    if model.known and temperature is not None and top_p is not None:
        fields.drop("top_p", "temperature and top_p exclude each other; temperature was sent")
        top_p = None
    fields.put("temperature", temperature)
    fields.put("top_p", top_p)


def _beside_thinking(
    fields: Fields, temperature: float | None, top_p: float | None
) -> tuple[float | None, float | None]:
    if temperature is not None and temperature != 1:
        fields.drop("temperature", "thinking takes no temperature but 1")
        temperature = None
    if top_p is not None and top_p < TOP_P_WITH_THINKING:
        fields.drop("top_p", f"thinking takes no top_p under {TOP_P_WITH_THINKING}")
        top_p = None
    return temperature, top_p
