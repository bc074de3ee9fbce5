"""A request as Yandex takes it, with a report of what became of every parameter."""

from collections.abc import Iterable
from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message, RequestReport
from providers.contract.quirks import YandexQuirks
from providers.contract.spec import ProviderSpec
from providers.dialects.arguments import arguments_object
from providers.dialects.fields import Fields, marks_of, note_tools
from providers.dialects.jsonvalue import as_dict
from providers.dialects.tools import FunctionTool, ToolChoice, read_tool_choice, read_tools, schema_tool

MISSING = "Yandex's own protocol has no such parameter"
REFUSED = dict.fromkeys(
    ("top_p", "stop", "seed", "logprobs", "top_logprobs", "service_tier", "reasoning_budget", "reasoning_summary"),
    MISSING,
)
MODES = {"auto": "AUTO", "none": "NONE", "required": "REQUIRED"}
SILENT = frozenset({"reasoning", "citation", "server_tool"})


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    quirks = spec.yandex
    fields = Fields({**REFUSED, "reasoning_exclude": "Yandex never shows its thoughts"})
    fields.body["completionOptions"] = {"stream": request.stream}
    _parameters(fields, request, quirks)
    _reasoning(fields, request)
    _tools(fields, request)
    body: dict[str, Any] = {
        "modelUri": model_uri(request.model_id, quirks),
        **fields.body,
        "messages": _messages(request.messages),
    }
    for name, value in request.extra.items():
        is_part = name == "completionOptions" and isinstance(value, dict)
        body[name] = {**body[name], **as_dict(value)} if is_part else value
    sent = {name: value for name, value in body.items() if name != "messages"}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {"content-type": "application/json", "accept": "application/json", **spec.headers}
    framing: Any = "ndjson" if request.stream else "sse"  # only lines are told from a whole answer by the framing
    return RenderedRequest("POST", quirks.path, headers, body, framing, report, request.stream)


def model_uri(model_id: str, quirks: YandexQuirks) -> str:
    """Ids are addresses that begin with the folder that pays; a short one is completed."""
    if "://" in model_id:
        return model_id
    return f"gpt://{quirks.folder}/{model_id}" if quirks.folder else f"gpt://{model_id}"


def _parameters(fields: Fields, request: ChatRequest, quirks: YandexQuirks) -> None:
    params = request.params
    temperature = fields.at_most("temperature", params.temperature, quirks.temperature_max)
    fields.put("temperature", temperature, "completionOptions.temperature")
    limit = None if params.max_tokens is None else str(params.max_tokens)
    fields.put("max_tokens", limit, "completionOptions.maxTokens")
    for name in ("top_p", "seed", "logprobs", "top_logprobs", "service_tier"):
        fields.put(name, getattr(params, name))
    fields.put("stop", params.stop or None)
    if marks_of(request):
        fields.drop("cache_control", "Yandex has no cache breakpoints")
    if set(request.modalities) - {"text"}:
        fields.drop("modalities", "Yandex answers in text only")


def _reasoning(fields: Fields, request: ChatRequest) -> None:
    """Thinking is on or off."""
    wish = request.reasoning
    if wish is None:
        return
    for name in ("budget", "summary", "exclude"):
        fields.put(f"reasoning_{name}", getattr(wish, name))
    wanted = wish.enabled if wish.effort is None else wish.effort != "none"
    if wanted is None:
        return
    name = "reasoning" if wish.effort is None else "reasoning_effort"
    mode = "ENABLED_HIDDEN" if wanted else "DISABLED"
    if wish.effort not in {None, "none"}:
        fields.clamped[name] = {"from": wish.effort, "to": mode}
    fields.put(name, mode, "completionOptions.reasoningOptions.mode")


def _tools(fields: Fields, request: ChatRequest) -> None:
    tools = read_tools(request.tools)
    note_tools(fields, tools, strict=False, breakpoints=False)
    choice = read_tool_choice(request.tool_choice)
    if request.output is not None:
        choice = _output(fields, request.output, tools) or choice
    if not tools:
        return
    fields.body["tools"] = [_tool(tool) for tool in tools]
    fields.put("parallel_tool_calls", request.parallel_tool_calls, "parallelToolCalls")
    if choice is not None:
        fields.put("tool_choice", _choice(choice), "toolChoice")


def _choice(choice: ToolChoice) -> Any:
    if choice.mode == "native":
        return choice.raw
    return {"functionName": choice.name} if choice.mode == "named" else {"mode": MODES[choice.mode]}


def _output(fields: Fields, output: dict[str, Any], tools: list[FunctionTool | dict[str, Any]]) -> ToolChoice | None:
    schema = output.get("schema")
    if output.get("method") == "json_mode" or not isinstance(schema, dict):
        fields.put("output", True, "jsonObject")
    elif output.get("method") == "function_calling":
        tool = schema_tool(schema)
        tools.append(tool)
        fields.renamed["output"] = "tools"
        return ToolChoice("named", tool.name)
    else:
        fields.put("output", {"schema": schema}, "jsonSchema")
    return None


def _tool(tool: FunctionTool | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, FunctionTool):
        return tool
    return {"function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters}}


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """A message is a text, or calls, or results: an answer that said something and called is two messages."""
    rendered: list[dict[str, Any]] = []
    for message in messages:
        results = [_result(block) for block in message.content if block.kind == "tool_result"]
        calls = [_call(block) for block in message.content if block.kind == "tool_call"]
        text = "".join(_said(block) for block in message.content)
        role = "assistant" if message.role == "tool" else message.role
        if text or not (calls or results):
            rendered.append({"role": role, "text": text})
        if calls:
            rendered.append({"role": "assistant", "toolCallList": {"toolCalls": calls}})
        if results:
            rendered.append({"role": "assistant", "toolResultList": {"toolResults": results}})
    return rendered


def _said(block: ContentBlock) -> str:
    if block.kind in {"text", "refusal"}:
        return block.text
    if block.kind in SILENT or block.kind in {"tool_call", "tool_result"}:
        return ""
    raise ProviderError("unsupported", f"Yandex's own protocol takes text only, no {block.kind} block.")


def _result(block: ContentBlock) -> dict[str, Any]:
    return {"functionResult": {"name": block.name or "", "content": block.text}}


def _call(block: ContentBlock) -> dict[str, Any]:
    return {"functionCall": {"name": block.name or "", "arguments": arguments_object(block)}}
