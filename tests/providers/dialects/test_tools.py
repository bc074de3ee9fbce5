"""Tools in every form people have them."""

from typing import Any

import pytest
from pydantic import BaseModel, Field

from providers.contract.errors import ProviderError
from providers.dialects.tools import FunctionTool, ToolChoice, read_tool_choice, read_tools, schema_name, schema_tool

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = FunctionTool("weather", "Tells the weather.", SCHEMA)
SAID = {"name": "weather", "description": "Tells the weather."}


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {**SAID, "parameters": SCHEMA}},
        {"type": "function", **SAID, "parameters": SCHEMA},
        {**SAID, "parameters": SCHEMA},
        {**SAID, "input_schema": SCHEMA},
        {"type": "custom", **SAID, "input_schema": SCHEMA},
        {**SAID, "title": "Weather", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
        {"toolSpec": {**SAID, "inputSchema": {"json": SCHEMA}}},
        {"functionDeclarations": [{**SAID, "parametersJsonSchema": SCHEMA}]},
    ],
)
def test_one_function_in_many_forms(tool: dict[str, Any]) -> None:
    assert read_tools([tool]) == [WEATHER]


def test_a_pydantic_model() -> None:
    class Weather(BaseModel):
        """Tells the weather."""

        city: str = Field(description="Where")

    [tool] = read_tools([Weather.model_json_schema()])

    assert isinstance(tool, FunctionTool)
    assert (tool.name, tool.description) == ("Weather", "Tells the weather.")
    assert set(tool.parameters) == {"type", "properties", "required"}


def test_a_function_without_parameters() -> None:
    [tool] = read_tools([{"name": "now"}])

    assert tool == FunctionTool("now", "", {"type": "object", "properties": {}})


@pytest.mark.parametrize("strict", [True, False, None])
def test_strict_and_cache_marks_are_kept(strict: bool | None) -> None:
    mark = {"type": "ephemeral"}

    [tool] = read_tools([{"type": "function", "function": {**SAID, "strict": strict}, "cache_control": mark}])

    assert isinstance(tool, FunctionTool)
    assert (tool.strict, tool.cache_control) == (strict, mark)


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search"},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 2},
        {"type": "custom", "name": "sql", "format": {"type": "text"}},
        {"type": "custom", "custom": {"name": "sql"}},
        {"google_search": {}},
        {"type": "mcp", "server_label": "x", "server_url": "https://host.example"},
    ],
)
def test_what_is_no_function_stays_as_it_came(tool: dict[str, Any]) -> None:
    assert read_tools([tool]) == [tool]


@pytest.mark.parametrize("tool", [{"type": "function", "function": {}}, {"parameters": SCHEMA}])
def test_a_name_is_needed(tool: dict[str, Any]) -> None:
    with pytest.raises(ProviderError, match="no name"):
        read_tools([tool])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", ToolChoice("auto")),
        ("any", ToolChoice("required")),
        ({"type": "any"}, ToolChoice("required")),
        ({"type": "none"}, ToolChoice("none")),
        ({"name": "f"}, ToolChoice("named", "f")),
        ({"type": "tool", "name": "f"}, ToolChoice("named", "f")),
        ({"type": "function", "name": "f"}, ToolChoice("named", "f")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("named", "f")),
        ({"type": "web_search"}, ToolChoice("native", raw={"type": "web_search"})),
        ("validated", ToolChoice("native", raw="validated")),
        (7, ToolChoice("native", raw=7)),
    ],
)
def test_choices(choice: Any, expected: ToolChoice | None) -> None:
    assert read_tool_choice(choice) == expected


@pytest.mark.parametrize(
    ("title", "name"),
    [("Weather", "Weather"), ("The weather (today)", "The_weather_today"), ("天气", "answer"), ("x" * 90, "x" * 64)],
)
def test_names_that_every_provider_accepts(title: str, name: str) -> None:
    assert schema_name({"title": title}) == name


def test_a_schema_as_the_one_function() -> None:
    assert schema_tool({"title": "City", **SCHEMA}, strict=True) == FunctionTool(
        "City", "Give the answer by calling this function.", {"title": "City", **SCHEMA}, True
    )
