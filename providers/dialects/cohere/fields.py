"""Parameters, tools and output formats as both versions of Cohere's chat take them."""

from typing import Any

from providers.contract.messages import ChatRequest, Params
from providers.dialects.fields import Fields
from providers.dialects.tools import FunctionTool, ToolChoice, read_tool_choice, read_tools

P_LEAST, P_MOST = 0.01, 0.99
STOPS_MAX = 5
TIER = "Cohere has no service tiers; its priority goes as an extra"
CACHE = "Cohere caches by itself"
JSON_BESIDE_TOOLS = "Cohere takes no JSON format beside tools"


class CohereFields(Fields):
    """What is Cohere's own about it, in both versions."""

    def sampling(self, params: Params) -> None:
        self.put("temperature", params.temperature)
        self.put("top_p", self._share(params.top_p), "p")
        self.put("max_tokens", params.max_tokens)
        stops = list(params.stop) if params.stop else None
        if stops and len(stops) > STOPS_MAX:
            self.clamped["stop"] = {"from": stops, "to": stops[:STOPS_MAX]}
        self.put("stop", stops[:STOPS_MAX] if stops else None, "stop_sequences")
        self.put("seed", params.seed)

    def _share(self, value: float | None) -> float | None:
        if value is None or P_LEAST <= value <= P_MOST:
            return value
        allowed = P_LEAST if value < P_LEAST else P_MOST
        self.clamped["top_p"] = {"from": value, "to": allowed}
        return allowed

    def unknown(self, request: ChatRequest) -> None:
        """What Cohere has no place for."""
        if request.params.top_logprobs is not None:
            self.drop("top_logprobs", "Cohere gives no alternatives")
        if request.params.service_tier is not None:
            self.drop("service_tier", TIER)
        if request.parallel_tool_calls is not None:
            self.drop("parallel_tool_calls", "Cohere has no such parameter")
        if set(request.modalities) - {"text"}:
            self.drop("modalities", "Cohere answers in text only")
        if any("cache_control" in (block.data or {}) for message in request.messages for block in message.content):
            self.drop("cache_control", CACHE)

    def reasoning(self, request: ChatRequest) -> None:
        wish = request.reasoning
        if wish is None:
            return
        off = wish.effort == "none" or (wish.effort is None and (wish.enabled is False or wish.budget == 0))
        asked = wish.effort is not None or wish.enabled is not None or wish.budget is not None
        if asked:
            self.body["thinking"] = {"type": "disabled" if off else "enabled"}
        if wish.effort is not None:
            self.renamed["reasoning_effort"] = "thinking.type"
            if wish.effort != "none":
                self.clamped["reasoning_effort"] = {"from": wish.effort, "to": "enabled"}
        elif wish.enabled is not None:
            self.renamed["reasoning_enabled"] = "thinking.type"
        if wish.budget is not None and off:
            self.renamed["reasoning_budget"] = "thinking.type"
        elif wish.budget is not None:
            self.put("reasoning_budget", max(1, wish.budget), "thinking.token_budget")
        if wish.summary is not None:
            self.drop("reasoning_summary", "Cohere gives thinking as it is")
        if wish.exclude is not None:
            self.drop("reasoning_exclude", "Cohere gives thinking whenever there is some")

    def tools(self, request: ChatRequest) -> None:
        tools = read_tools(request.tools)
        choice = read_tool_choice(request.tool_choice)
        if not tools:
            return
        if choice is not None and choice.mode == "named":
            tools = self._only(choice, tools)
        self.put("tools", [_tool(tool) for tool in tools])
        if any(tool.strict for tool in tools if isinstance(tool, FunctionTool)):
            self.put("strict", True, "strict_tools")
        if any(tool.cache_control for tool in tools if isinstance(tool, FunctionTool)):
            self.drop("cache_control", CACHE)
        if choice is None:
            return
        if choice.mode == "auto":
            self.renamed["tool_choice"] = "(left out, which is auto)"
            return
        words = {"none": "NONE", "required": "REQUIRED", "named": "REQUIRED"}
        self.put("tool_choice", words.get(choice.mode, choice.raw))

    def _only(self, choice: ToolChoice, tools: list[FunctionTool | dict[str, Any]]) -> list[Any]:
        """One tool cannot be named, but it can be the only one."""
        named = [tool for tool in tools if isinstance(tool, FunctionTool) and tool.name == choice.name]
        self.clamped["tool_choice"] = {"from": choice.name, "to": "REQUIRED, with this tool only"}
        return list(named or tools)

    def output(self, request: ChatRequest, schema_field: str) -> None:
        wanted = request.output
        if wanted is None:
            return
        if "tools" in self.body or "documents" in request.extra:
            self.drop("output", JSON_BESIDE_TOOLS)
            return
        form: dict[str, Any] = {"type": "json_object"}
        if wanted.get("method") != "json_mode" and wanted.get("schema") is not None:
            form[schema_field] = wanted["schema"]
        self.put("output", form, "response_format")


def _tool(tool: FunctionTool | dict[str, Any]) -> dict[str, Any]:
    if not isinstance(tool, FunctionTool):
        return tool
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.parameters}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function}
