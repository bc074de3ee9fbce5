"""A request as Ollama takes it, with a report of what became of every parameter."""

from collections.abc import Iterable
from typing import Any

from providers.adapters.ollama_chat.stream import PROTOCOL
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Effort, Message, RequestReport
from providers.contract.quirks import OllamaQuirks
from providers.contract.spec import ProviderSpec
from providers.dialects.arguments import arguments_object
from providers.dialects.fields import Fields, marks_of, note_tools
from providers.dialects.jsonvalue import as_dict
from providers.dialects.replay import kept
from providers.dialects.tools import FunctionTool, read_tool_choice, read_tools

REFUSED = {
    "service_tier": "Ollama has no such parameter",
    "parallel_tool_calls": "Ollama has no such parameter",
    "reasoning_budget": "Ollama takes no token budget for reasoning",
    "reasoning_summary": "Ollama has no reasoning summaries",
    "reasoning_exclude": "Ollama has no such parameter",
}
LEVELS: tuple[Effort, ...] = ("low", "medium", "high")
OPTIONS = {"max_tokens": "num_predict", "temperature": "temperature", "top_p": "top_p", "seed": "seed"}
SILENT = frozenset({"citation", "server_tool"})


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    fields = Fields(REFUSED)
    _parameters(fields, request)
    _thinking(fields, request, spec.ollama)
    _tools(fields, request)
    body: dict[str, Any] = {
        "model": request.model_id,
        "messages": _messages(request.messages),
        "stream": request.stream,
        **fields.body,
    }
    for name, value in request.extra.items():
        is_part = name == "options" and isinstance(value, dict)
        body[name] = {**body.get(name, {}), **as_dict(value)} if is_part else value
    sent = {name: value for name, value in body.items() if name != "messages"}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {"content-type": "application/json", "accept": "application/x-ndjson"}
    framing: Any = "ndjson" if request.stream else "sse"  # only lines are told from a whole answer by the framing
    path = spec.ollama.path
    return RenderedRequest("POST", path, {**headers, **spec.headers}, body, framing, report, request.stream)


def _parameters(fields: Fields, request: ChatRequest) -> None:
    params = request.params
    for name, field in OPTIONS.items():
        fields.put(name, getattr(params, name), f"options.{field}")
    fields.put("stop", list(params.stop) if params.stop else None, "options.stop")
    if marks_of(request):
        fields.drop("cache_control", "Ollama caches by itself")
    if set(request.modalities) - {"text"}:
        fields.drop("modalities", "Ollama answers in text only")
    for name in ("logprobs", "top_logprobs", "service_tier"):
        fields.put(name, getattr(params, name))


def _thinking(fields: Fields, request: ChatRequest, quirks: OllamaQuirks) -> None:
    """Most models can only be told yes or no; those that take levels cannot be told no."""
    wish = request.reasoning
    if wish is None:
        return
    for name in ("budget", "summary", "exclude"):
        fields.put(f"reasoning_{name}", getattr(wish, name))
    if wish.effort is None:
        if wish.enabled is not None:
            fields.put("reasoning", wish.enabled, "think")
        return
    if any(part in request.model_id for part in quirks.think_levels):
        fields.put("reasoning_effort", fields.nearest_effort(wish.effort, LEVELS), "think")
        return
    thinks = wish.effort != "none"
    if thinks:
        fields.clamped["reasoning_effort"] = {"from": wish.effort, "to": True}
    fields.put("reasoning_effort", thinks, "think")


def _tools(fields: Fields, request: ChatRequest) -> None:
    read = read_tools(request.tools)
    note_tools(fields, read, strict=False, breakpoints=False)
    tools = [_tool(tool) for tool in read]
    choice = read_tool_choice(request.tool_choice)
    if tools and choice is not None and choice.mode == "none":
        fields.drop("tools", "tool_choice is none, and Ollama has no other way to say so")
    elif tools:
        fields.body["tools"] = tools
        fields.put("parallel_tool_calls", request.parallel_tool_calls)
        if choice is not None and choice.mode != "auto":
            fields.drop("tool_choice", "Ollama has no such parameter")
    if request.output is not None:
        _output(fields, request.output)


def _output(fields: Fields, output: dict[str, Any]) -> None:
    """A schema is followed by the sampler, so that a function is never needed for it."""
    schema, method = output.get("schema"), output.get("method")
    if method == "json_mode" or not isinstance(schema, dict):
        fields.put("output", "json", "format")
        return
    if method == "function_calling":
        fields.clamped["output"] = {"from": method, "to": "json_schema"}
    fields.put("output", schema, "format")


def _tool(tool: FunctionTool | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, FunctionTool):
        return tool
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    rendered: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            rendered.extend(_result(block) for block in message.content if block.kind == "tool_result")
        else:
            rendered.append(_message(message))
    return rendered


def _result(block: ContentBlock) -> dict[str, Any]:
    result = {"role": "tool", "content": block.text}
    if block.name:
        result["tool_name"] = block.name
    if block.id:
        result["tool_call_id"] = block.id
    return result


def _message(message: Message) -> dict[str, Any]:
    """Texts are joined; pictures stand beside them."""
    said: dict[str, Any] = {"role": message.role, "content": ""}
    for block in message.content:
        data: dict[str, Any] = block.data or {}
        if block.kind in {"text", "refusal"}:
            said["content"] += block.text
        elif block.kind == "reasoning":
            if kept(block, PROTOCOL).get("field"):
                said["thinking"] = said.get("thinking", "") + block.text
        elif block.kind == "tool_call":
            said.setdefault("tool_calls", []).append(_call(block))
        elif block.kind == "image":
            said.setdefault("images", []).append(_image(data))
        elif block.kind not in SILENT:
            raise ProviderError("unsupported", f"Ollama cannot take {block.kind} blocks.")
    return said


def _call(block: ContentBlock) -> dict[str, Any]:
    call: dict[str, Any] = {"function": {"name": block.name or "", "arguments": arguments_object(block)}}
    return {"id": block.id, **call} if block.id else call


def _image(data: dict[str, Any]) -> str:
    if data.get("data"):
        return str(data["data"])
    raise ProviderError("unsupported", "Ollama takes images as data, not from an address.")
