"""What of each output item is shown, and what is kept of it."""

from typing import Any

import pytest

from providers.adapters.openai_responses import native


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        ({"type": "web_search_call", "action": {"query": "x"}}, {"input": {"query": "x"}}),
        (
            {"type": "code_interpreter_call", "code": "1", "outputs": [{"logs": "1"}]},
            {"input": "1", "output": [{"logs": "1"}]},
        ),
        ({"type": "file_search_call", "queries": ["q"], "results": None}, {"input": ["q"]}),
        (
            {"type": "mcp_call", "arguments": "{}", "server_label": "w"},
            {"input": {"arguments": "{}", "server_label": "w"}, "server": "w"},
        ),
        (
            {"type": "shell_call", "action": {"commands": ["ls"]}, "status": "completed"},
            {"input": {"commands": ["ls"]}, "status": "completed"},
        ),
        ({"type": "novelty"}, {}),
    ],
)
def test_tools_of_the_provider(raw: dict[str, Any], data: dict[str, Any]) -> None:
    assert native.tool_data(raw) == data
    assert native.is_tool(raw["type"])


def test_names() -> None:
    assert native.tool_name("web_search_call") == "web_search"
    assert native.tool_name("compaction") == "compaction"


@pytest.mark.parametrize(
    ("name", "offered", "ours"),
    [
        ("sql", (), True),
        ("sql", ("sql", "custom"), True),
        ("x_new_search", ("x_search",), False),
        ("x_keyword_search", (), False),
    ],
)
def test_whose_call_it_is(name: str, offered: tuple[str, ...], ours: bool) -> None:
    assert native.is_ours({"type": "custom_tool_call", "name": name}, frozenset(offered)) is ours
    assert native.is_ours({"type": "function_call", "name": name}, frozenset(offered))


def test_offered_names_reach_into_namespaces() -> None:
    tools = [
        {"type": "namespace", "name": "a", "tools": [{"type": "custom", "name": "b"}]},
        None,
        {"type": "web_search"},
    ]

    assert native.offered_names(tools) == {"namespace", "a", "custom", "b", "web_search"}


@pytest.mark.parametrize(
    ("annotation", "data"),
    [
        (
            {"type": "url_citation", "url": "https://a.example/", "title": "A"},
            {"url": "https://a.example/", "title": "A"},
        ),
        ({"url_citation": {"url": "https://a.example/"}}, {"url": "https://a.example/"}),
        ({"type": "file_citation", "file_id": "f", "filename": "a.pdf"}, {"title": "a.pdf", "file_id": "f"}),
        ({"url": 7}, {}),
    ],
)
def test_citations(annotation: dict[str, Any], data: dict[str, Any]) -> None:
    assert native.citation(annotation) == data


def test_pictures() -> None:
    made = {"type": "image_generation_call", "result": "AAAA"}

    assert native.generated_image(made) == {"data": "AAAA", "media_type": "image/png"}
    assert native.generated_image({**made, "result": "https://a.example/i.png"}) == {"url": "https://a.example/i.png"}
    assert native.generated_image({**made, "result": None}) is None
    part = {"type": "output_image", "image_url": {"url": "data:image/png;base64,AA"}}
    assert native.image_in(part) == {"url": "data:image/png;base64,AA"}
    assert native.image_in({"type": "output_text"}) is None


def test_reasoning_is_kept_only_if_it_can_go_on() -> None:
    summary = [{"type": "summary_text", "text": "s"}]

    assert native.reasoning_of({"id": "r", "summary": summary}) is None
    assert native.reasoning_of({"id": "r", "summary": summary, "encrypted_content": "g", "status": None}) == {
        "type": "reasoning", "id": "r", "summary": summary, "encrypted_content": "g",
    }  # fmt: skip
    assert native.reasoning_texts("plain") == ["plain"]
    assert native.reasoning_texts([{"text": "a"}, {"text": ""}, "b", None]) == ["a", "b"]
