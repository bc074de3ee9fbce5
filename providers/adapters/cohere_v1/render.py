"""A request as a version 1 body: the last message apart from those before it."""

from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.arguments import arguments_object
from providers.dialects.cohere.fields import CohereFields
from providers.dialects.fields import note_tools
from providers.dialects.jsonvalue import as_dict, json_or_text
from providers.dialects.tools import FunctionTool, read_tools

PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "List",
    "object": "Dict",
}
NOT_HERE = "version 1 of Cohere's chat has no such parameter"
SILENT = frozenset({"reasoning", "citation", "server_tool", "tool_call", "tool_result"})


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    fields = CohereFields({})
    fields.sampling(request.params)
    fields.unknown(request)
    _leave_out(request, fields)
    read = read_tools(request.tools)
    note_tools(fields, read, strict=False, breakpoints=False)
    tools = [_tool(tool) for tool in read]
    fields.put("tools", tools or None)
    fields.output(request, "schema")
    said = _said(request.messages)
    body = {"model": request.model_id, **said, "stream": request.stream, **fields.body, **request.extra}
    sent = {name: value for name, value in body.items() if name not in said}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    accept = "application/stream+json" if request.stream else "application/json"
    headers = {"content-type": "application/json", "accept": accept, **spec.headers}
    framing: Any = "ndjson" if request.stream else "sse"
    return RenderedRequest("POST", spec.cohere.history_path, headers, body, framing, report, request.stream)


def _leave_out(request: ChatRequest, fields: CohereFields) -> None:
    wish = request.reasoning.model_dump(exclude_none=True) if request.reasoning else {}
    for name in wish:
        fields.drop(f"reasoning_{name}", NOT_HERE)
    if request.params.logprobs is not None:
        fields.drop("logprobs", NOT_HERE)
    if request.tool_choice is not None:
        fields.drop("tool_choice", NOT_HERE)


def _said(messages: tuple[Message, ...]) -> dict[str, Any]:
    """Leading system messages are the preamble; results of tools at the end are no message but results."""
    calls = {block.id: block for message in messages for block in message.content if block.kind == "tool_call"}
    rest = list(messages)
    preamble = []
    while rest and rest[0].role == "system":
        preamble.append(_text(rest.pop(0)))
    said: dict[str, Any] = {"message": ""}
    if rest and rest[-1].role == "user":
        said["message"] = _text(rest.pop())
    results: list[dict[str, Any]] = []
    while rest and rest[-1].role == "tool" and not said["message"]:
        results[:0] = _results(rest.pop(), calls)
    if preamble:
        said["preamble"] = "\n\n".join(preamble)
    if rest:
        said["chat_history"] = [_entry(message, calls) for message in rest]
    if results:
        said["tool_results"] = results
    return said


def _entry(message: Message, calls: dict[str | None, ContentBlock]) -> dict[str, Any]:
    if message.role == "tool":
        return {"role": "TOOL", "tool_results": _results(message, calls)}
    role = {"system": "SYSTEM", "user": "USER", "assistant": "CHATBOT"}[message.role]
    entry: dict[str, Any] = {"role": role, "message": _text(message)}
    made = [_call(block) for block in message.content if block.kind == "tool_call"]
    return {**entry, "tool_calls": made} if made else entry


def _text(message: Message) -> str:
    for block in message.content:
        if block.kind not in SILENT and block.kind not in {"text", "refusal"} and message.role != "assistant":
            raise ProviderError("unsupported", f"Version 1 of Cohere's chat cannot take {block.kind} blocks.")
    return "".join(block.text for block in message.content if block.kind in {"text", "refusal"})


def _call(block: ContentBlock) -> dict[str, Any]:
    return {"name": block.name or "", "parameters": arguments_object(block)}


def _results(message: Message, calls: dict[str | None, ContentBlock]) -> list[dict[str, Any]]:
    return [
        {"call": _call(calls.get(block.id, block.model_copy(update={"text": ""}))), "outputs": _outputs(block.text)}
        for block in message.content
        if block.kind == "tool_result"
    ]


def _outputs(text: str) -> list[dict[str, Any]]:
    """A list of objects, whatever the tool returned."""
    value = json_or_text(text)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return value
    return [value] if isinstance(value, dict) else [{"result": text}]


def _tool(tool: FunctionTool | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, FunctionTool):
        return tool
    required = tool.parameters.get("required")
    definitions = {
        name: _definition(as_dict(schema), name in (required if isinstance(required, list) else ()))
        for name, schema in as_dict(tool.parameters.get("properties")).items()
    }
    return {"name": tool.name, "description": tool.description, "parameter_definitions": definitions}


def _definition(schema: dict[str, Any], required: bool) -> dict[str, Any]:
    kind = schema.get("type")
    said: dict[str, Any] = {"type": PYTHON_TYPES.get(kind, "str") if isinstance(kind, str) else "str"}
    inner = as_dict(schema.get("items")).get("type")
    if said["type"] == "List" and isinstance(inner, str) and inner in PYTHON_TYPES:
        said["type"] = f"List[{PYTHON_TYPES[inner]}]"
    if isinstance(schema.get("description"), str):
        said["description"] = schema["description"]
    return {**said, "required": required}
