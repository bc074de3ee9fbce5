"""A request as a Converse body, with a report of what became of every parameter."""

from typing import Any
from urllib.parse import quote

from providers.adapters.bedrock_converse.content import NO_WORDS, called, conversation, with_words
from providers.adapters.bedrock_converse.fields import NEVER, put_parameters, put_tools
from providers.adapters.bedrock_converse.reasoning import put_reasoning
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.fields import Fields

MERGED = frozenset({"inferenceConfig", "additionalModelRequestFields"})
"""Fields of which an extra body changes a part and keeps the rest."""


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes. What the body may be is told by the framing of the answer."""
    body, report = render_body(request, spec)
    headers = {
        "content-type": "application/json",
        "accept": "application/vnd.amazon.eventstream" if request.stream else "application/json",
    }
    # The id may be an ARN with slashes and colons.
    path = f"/model/{quote(request.model_id, safe='')}/{'converse-stream' if request.stream else 'converse'}"
    return RenderedRequest("POST", path, {**headers, **spec.headers}, body, "eventstream", report, request.stream)


def render_body(request: ChatRequest, spec: ProviderSpec) -> tuple[dict[str, Any], RequestReport]:
    """The body without the model, and what became of the parameters."""
    system, turns = conversation(request.messages)
    fields = Fields(NEVER)
    messages = [with_words(turn) for turn in turns]
    if messages != turns:
        fields.clamped["text"] = {"from": "", "to": NO_WORDS}
    put_parameters(fields, request, spec.bedrock)
    may_force = put_reasoning(fields, request, spec.bedrock)
    put_tools(fields, request, called(messages), may_force=may_force)
    body: dict[str, Any] = {"messages": messages}
    if system:
        body["system"] = system
    body.update(fields.body)
    for name, value in request.extra.items():
        old = body.get(name)
        body[name] = {**old, **value} if name in MERGED and isinstance(old, dict) and isinstance(value, dict) else value
    sent = {name: value for name, value in body.items() if name not in {"messages", "system"}}
    return body, RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
