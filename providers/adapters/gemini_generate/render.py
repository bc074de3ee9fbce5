"""A request as a generateContent body, with a report of what became of every parameter."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from providers.adapters.gemini_generate.contents import Contents
from providers.adapters.gemini_generate.thinking import Thinking, signs_calls
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, RequestReport
from providers.contract.spec import ProviderSpec
from providers.dialects.fields import Fields
from providers.dialects.tools import FunctionTool, read_tool_choice, read_tools

TEMPERATURE_MAX = 2.0
STOPS_MAX = 5
MODEL = re.compile(r"(publishers/[a-z]+/)?models/\{model\}")
TUNED = re.compile(r"(?:^|/)((?:tunedModels|endpoints)/[^/]+)$")
"""Models of one's own are resources beside Google's."""
MODES = {"auto": "AUTO", "none": "NONE", "required": "ANY"}


def render(request: ChatRequest, spec: ProviderSpec) -> RenderedRequest:
    """Pure: the same request gives the same bytes."""
    fields = _Fields({})
    fields.parameters(request)
    fields.reasoning(request)
    fields.tools(request)
    fields.output(request)
    said = Contents(request.messages, spec.gemini.platform, signs_calls=signs_calls(request.model_id))
    body: dict[str, Any] = {"contents": said.contents}
    if said.system:
        body["systemInstruction"] = {"parts": said.system}
    if any("cache_control" in (block.data or {}) for message in request.messages for block in message.content):
        fields.dropped["cache_control"] = "Gemini caches by itself; a cache of your own goes as cachedContent"
    _merge(body, fields.body)
    _merge(body, request.extra)
    sent = {name: value for name, value in body.items() if name not in {"contents", "systemInstruction"}}
    report = RequestReport(
        sent={"model": request.model_id, **sent},
        renamed=fields.renamed,
        clamped=fields.clamped,
        dropped=fields.dropped,
    )
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream" if request.stream else "application/json",
    }
    verb = ":streamGenerateContent?alt=sse" if request.stream else ":generateContent"
    path = _path(request.model_id, spec.gemini.path) + verb
    return RenderedRequest("POST", path, {**headers, **spec.headers}, body, "sse", report, request.stream)


def _path(model: str, path: str) -> str:
    """Lists name models ``models/…`` or ``publishers/google/models/…``."""
    tuned = TUNED.search(model)
    if tuned is not None:
        path = MODEL.sub(lambda _: tuned[1], path)
    name = re.sub(r"^(publishers/[a-z]+/)?models/", "", model)
    return quote(path.replace("{model}", quote(name, safe=":@")), safe="/:@%")


def _merge(body: dict[str, Any], more: Mapping[str, Any]) -> None:
    """``more`` over ``body``; objects are merged, so that one field more does not cost the others."""
    for name, value in more.items():
        known = body.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            body[name] = dict(known)
            _merge(body[name], value)
        else:
            body[name] = value


class _Fields(Fields):
    """What is Gemini's own about it: nearly everything stands in ``generationConfig``."""

    def config(self, name: str, value: Any, field: str) -> None:
        self.put(name, value, f"generationConfig.{field}")

    def parameters(self, request: ChatRequest) -> None:
        params = request.params
        self.config("temperature", self.at_most("temperature", params.temperature, TEMPERATURE_MAX), "temperature")
        self.config("top_p", params.top_p, "topP")
        self.config("max_tokens", params.max_tokens, "maxOutputTokens")
        stops = list(params.stop) if params.stop else None
        if stops and len(stops) > STOPS_MAX:
            self.clamped["stop"] = {"from": stops, "to": stops[:STOPS_MAX]}
        self.config("stop", stops[:STOPS_MAX] if stops else None, "stopSequences")
        self.config("seed", params.seed, "seed")
        self.config("logprobs", params.logprobs, "responseLogprobs")
        if params.top_logprobs is not None and not params.logprobs:
            self.dropped["top_logprobs"] = "only together with logprobs"
        else:
            self.config("top_logprobs", params.top_logprobs, "logprobs")
        self.put("service_tier", params.service_tier, "serviceTier")
        kinds = [kind.upper() for kind in request.modalities]
        self.config("modalities", kinds or None, "responseModalities")

    def reasoning(self, request: ChatRequest) -> None:
        wish = request.reasoning
        if wish is None or not wish.model_dump(exclude_none=True):
            return
        thinking = Thinking(wish, request.model_id)
        if thinking.config:
            self.body.setdefault("generationConfig", {})["thinkingConfig"] = thinking.config
        self.renamed.update(thinking.renamed)
        self.clamped.update(thinking.clamped)
        self.dropped.update(thinking.dropped)

    def tools(self, request: ChatRequest) -> None:
        if request.parallel_tool_calls is not None:
            self.dropped["parallel_tool_calls"] = "Gemini has no such parameter"
        tools = read_tools(request.tools)
        if not tools:
            return
        functions = [tool for tool in tools if isinstance(tool, FunctionTool)]
        own = [tool for tool in tools if not isinstance(tool, FunctionTool)]
        declared = [{"functionDeclarations": [_declaration(tool) for tool in functions]}] if functions else []
        self.put("tools", [*declared, *own])
        if any(tool.cache_control for tool in functions):
            self.dropped["cache_control"] = "Gemini caches by itself; a cache of your own goes as cachedContent"
        self._choice(request, functions)

    def _choice(self, request: ChatRequest, functions: list[FunctionTool]) -> None:
        choice = read_tool_choice(request.tool_choice)
        if not functions:
            if choice is not None:
                self.drop("tool_choice", "there are no tools to choose from")
            return
        strict = any(tool.strict for tool in functions)
        config: dict[str, Any] = {}
        if choice is not None and choice.mode == "named":
            config = {"mode": "ANY", "allowedFunctionNames": [choice.name]}
        elif choice is not None and choice.mode == "native":
            config = choice.raw if isinstance(choice.raw, dict) else {"mode": str(choice.raw)}
        elif choice is not None:
            config = {"mode": MODES[choice.mode]}
        if strict and config.get("mode", "AUTO") == "AUTO":
            config = {"mode": "VALIDATED"}
            self.renamed["strict"] = "toolConfig.functionCallingConfig.mode"
        if not config:
            return
        self.body["toolConfig"] = {"functionCallingConfig": config}
        if choice is not None:
            self.renamed["tool_choice"] = "toolConfig.functionCallingConfig"

    def output(self, request: ChatRequest) -> None:
        wanted = request.output
        if wanted is None:
            return
        self.config("output", "application/json", "responseMimeType")
        if wanted.get("method") != "json_mode" and wanted.get("schema") is not None:
            self.config("output", wanted["schema"], "responseJsonSchema")


def _declaration(tool: FunctionTool) -> dict[str, Any]:
    said: dict[str, Any] = {"name": tool.name}
    if tool.description:
        said["description"] = tool.description
    return {**said, "parametersJsonSchema": tool.parameters}
