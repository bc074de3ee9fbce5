"""A request as a Chat Completions body, with a report of what became of every parameter."""

import json
from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Effort, Message, RequestReport
from providers.contract.spec import ProviderSpec, Quirks

EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SILENT = frozenset({"reasoning", "citation"})
"""Blocks of an earlier answer that Chat Completions has no place for."""


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    quirks = spec.quirks
    fields = _Fields(quirks)
    fields.parameters(request)
    fields.reasoning(request)
    fields.tools(request)
    body: dict[str, Any] = {
        "model": request.model_id,
        "messages": _messages(request.messages),
        "stream": request.stream,
    }
    if request.stream and quirks.stream_options:
        body["stream_options"] = {"include_usage": True}
    body.update(fields.body)
    body.update(request.extra)
    sent = {name: value for name, value in body.items() if name != "messages"}
    report = RequestReport(sent=sent, renamed=fields.renamed, clamped=fields.clamped, dropped=fields.dropped)
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    return RenderedRequest("POST", quirks.chat_path, {**headers, **spec.headers}, body, "sse", report, request.stream)


class _Fields:
    """Body fields and what happened to our parameters on the way."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self.body: dict[str, Any] = {}
        self.renamed: dict[str, str] = {}
        self.clamped: dict[str, Any] = {}
        self.dropped: dict[str, str] = {}

    def put(self, name: str, value: Any, field: str | None = None) -> None:
        """Send ``value`` under ``field`` unless it is unset or refused by this server."""
        field = field or name
        if value is None:
            return
        if name in self._quirks.rejects:
            self.dropped[name] = "this provider refuses it"
            return
        if field != name:
            self.renamed[name] = field
        outer, dot, inner = field.partition(".")
        if dot:
            self.body.setdefault(outer, {})[inner] = value
        else:
            self.body[field] = value

    def parameters(self, request: ChatRequest) -> None:
        params = request.params
        self.put("temperature", self._temperature(params.temperature))
        self.put("top_p", params.top_p)
        self.put("max_tokens", params.max_tokens, self._quirks.max_tokens_field)
        self.put("stop", list(params.stop) if params.stop else None)
        self.put("seed", params.seed, self._quirks.seed_field)
        self.put("logprobs", params.logprobs)
        self.put("top_logprobs", params.top_logprobs)
        self.put("service_tier", params.service_tier)

    def _temperature(self, value: float | None) -> float | None:
        highest = self._quirks.temperature_max
        if value is None or value <= highest:
            return value
        self.clamped["temperature"] = {"from": value, "to": highest}
        return highest

    def reasoning(self, request: ChatRequest) -> None:
        wish = request.reasoning
        if wish is None:
            return
        field = self._quirks.effort_field
        nested = field == "reasoning.effort"
        if wish.effort is not None and not field:
            self.dropped["reasoning_effort"] = "this provider has no such parameter"
        elif wish.effort is not None:
            self.put("reasoning_effort", self._effort(wish.effort), field)
        if wish.budget is not None:
            if not nested:
                self.dropped["reasoning_budget"] = "this provider takes no token budget for reasoning"
            elif wish.effort is not None:
                self.dropped["reasoning_budget"] = "effort and budget exclude each other; effort was sent"
            else:
                self.put("reasoning_budget", wish.budget, "reasoning.max_tokens")
        if wish.summary is not None:
            if nested:
                self.put("reasoning_summary", wish.summary, "reasoning.summary")
            else:
                self.dropped["reasoning_summary"] = "Chat Completions has no reasoning summaries"

    def _effort(self, wanted: Effort) -> Effort:
        known = self._quirks.efforts
        if not known or wanted in known:
            return wanted
        place = EFFORTS.index(wanted)
        nearest = min(known, key=lambda effort: (abs(EFFORTS.index(effort) - place), EFFORTS.index(effort)))
        self.clamped["reasoning_effort"] = {"from": wanted, "to": nearest}
        return nearest

    def tools(self, request: ChatRequest) -> None:
        if request.tools:
            self.put("tools", [_tool(tool) for tool in request.tools])
            self.put("tool_choice", _tool_choice(request.tool_choice))
        if request.output is not None:
            self.put("output", _response_format(request.output), "response_format")


def _tool(tool: dict[str, Any]) -> dict[str, Any]:
    """Both ways of writing a function: as the wire has it, and flat."""
    return tool if "function" in tool or "custom" in tool else {"type": "function", "function": tool}


def _tool_choice(choice: Any) -> Any:
    if isinstance(choice, dict) and set(choice) == {"name"}:
        return {"type": "function", "function": choice}
    return choice


def _response_format(output: dict[str, Any]) -> dict[str, Any]:
    schema = output.get("schema")
    if output.get("method") == "json_mode" or schema is None:
        return {"type": "json_object"}
    name = schema.get("title") if isinstance(schema, dict) else None
    inner: dict[str, Any] = {
        "name": name if isinstance(name, str) and name.isidentifier() else "answer",
        "schema": schema,
    }
    if output.get("strict") is not None:
        inner["strict"] = output["strict"]
    return {"type": "json_schema", "json_schema": inner}


def _messages(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    rendered: list[dict[str, Any]] = []
    for message in messages:
        if message.role == "tool":
            rendered.extend(_tool_result(block) for block in message.content if block.kind == "tool_result")
        elif message.role == "assistant":
            rendered.append(_assistant(message))
        else:
            rendered.append({"role": message.role, "content": _content(message)})
    return rendered


def _tool_result(block: ContentBlock) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": block.id or "", "content": block.text}


def _assistant(message: Message) -> dict[str, Any]:
    text = "".join(block.text for block in message.content if block.kind in {"text", "refusal"})
    calls = [
        {
            "id": block.id or f"call_{number}",
            "type": "function",
            "function": {"name": block.name or "", "arguments": _arguments(block)},
        }
        for number, block in enumerate(message.content)
        if block.kind == "tool_call"
    ]
    if not calls:
        return {"role": "assistant", "content": text}
    return {"role": "assistant", "content": text or None, "tool_calls": calls}


def _arguments(block: ContentBlock) -> str:
    if block.text or block.data is None:
        return block.text or "{}"
    return json.dumps(block.data.get("arguments", block.data), ensure_ascii=False)


def _content(message: Message) -> str | list[dict[str, Any]]:
    """A plain string where text is all there is: some servers refuse lists."""
    blocks = [block for block in message.content if block.kind not in SILENT]
    if all(block.kind == "text" for block in blocks):
        return "".join(block.text for block in blocks)
    return [_part(block) for block in blocks]


def _part(block: ContentBlock) -> dict[str, Any]:
    data = block.data or {}
    if block.kind == "text":
        return {"type": "text", "text": block.text}
    if block.kind == "image":
        image: dict[str, Any] = {"url": _url(data)}
        if data.get("detail"):
            image["detail"] = data["detail"]
        return {"type": "image_url", "image_url": image}
    if block.kind == "audio" and data.get("data"):
        form = str(data.get("media_type", "audio/wav")).rpartition("/")[2]
        return {"type": "input_audio", "input_audio": {"data": data["data"], "format": form}}
    if block.kind == "file" and data.get("data"):
        return {"type": "file", "file": {"filename": block.name or "file", "file_data": _url(data)}}
    raise ProviderError("unsupported", f"Chat Completions cannot take a {block.kind} block in this form.")


def _url(data: dict[str, Any]) -> str:
    if data.get("data"):
        return f"data:{data.get('media_type', 'application/octet-stream')};base64,{data['data']}"
    return str(data.get("url", ""))
