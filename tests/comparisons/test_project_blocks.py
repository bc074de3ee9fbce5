"""Content of messages and answers, block by block."""

from typing import Any

import pytest

from compare_site.comparisons.project import PARTS
from compare_site.comparisons.project_blocks import answer_block, block_data, message_of

ALL = frozenset(PARTS)
WEB = {"url": "https://example.org/a", "title": "A page"}


@pytest.mark.parametrize(
    ("block", "without", "shown"),
    [
        ({"kind": "reasoning", "text": "hm"}, "reasoning", None),
        ({"kind": "unheard", "text": "x"}, "", None),
        ({"kind": "text", "text": "x", "id": "msg_1"}, "names", {"kind": "text", "text": "x"}),
        ({"kind": "text", "text": "", "data": {"new": 1}}, "", {"kind": "text", "text": ""}),
        ({"kind": "tool_call", "text": "{}", "name": "f"}, "prompt", {"kind": "tool_call", "text": "{}", "name": "f"}),
        ({"kind": "citation", "text": "q", "data": WEB}, "attachments", {"kind": "citation", "text": "", "data": WEB}),
        ({"kind": "citation", "text": "q", "data": {"title": "a.pdf"}}, "attachments", None),
        (
            {"kind": "citation", "data": {"url": "https://a.example/?q=1&utm_source=maker#x"}},
            "names",
            {"kind": "citation", "data": {"url": "https://a.example/?q=1#x"}},
        ),
        (
            {"kind": "citation", "data": {"url": "https://a.example/?utm_source=maker"}},
            "names",
            {"kind": "citation", "data": {"url": "https://a.example/"}},
        ),
        (
            {"kind": "citation", "data": {"url": "https://vertexaisearch.cloud.google.com/r/x", "title": "t"}},
            "names",
            {"kind": "citation", "data": {"title": "t"}},
        ),
        ({"kind": "server_tool", "name": "google_search"}, "names", {"kind": "server_tool", "name": "tool"}),
        ({"kind": "server_tool", "name": "web_search"}, "names", {"kind": "server_tool", "name": "web_search"}),
        ({"kind": "server_tool", "name": "google_search"}, "raw", {"kind": "server_tool", "name": "google_search"}),
        ({"kind": "image", "data": {"url": "https://maker/x"}}, "names", {"kind": "image"}),
        ({"kind": "text", "text": "x", "data": {"logprobs": [1]}}, "metrics", {"kind": "text", "text": "x"}),
    ],
)
def test_answers(block: dict[str, Any], without: str, shown: dict[str, Any] | None) -> None:
    expected = None if shown is None else {"index": 3, **shown}
    assert answer_block({"index": 3, **block}, ALL - {without}) == expected


def test_what_is_said_later_is_no_wider_than_what_is_said_at_once() -> None:
    data = {"title": "a.pdf", "output": "said", "summary": "hm", "replay": {}, "input": "q"}
    assert block_data(data, ALL) == {"title": "a.pdf", "output": "said", "input": "q"}
    assert block_data(data, ALL - {"attachments"}) == {"input": "q"}
    assert block_data(WEB, ALL - {"attachments", "names"}) == {"title": "A page"}
    assert block_data(None, ALL) == {}


def test_messages() -> None:
    text, picture = {"kind": "text", "text": "x"}, {"kind": "image", "data": {"data": "AAAA", "file_id": "f"}}
    message = {"role": "user", "content": [text, picture], "name": "me"}
    shown = {"kind": "image", "text": "", "data": {"data": "AAAA"}}
    assert message_of(message, ALL) == {"role": "user", "content": [text, shown]}
    assert message_of(message, ALL - {"attachments"}) == {"role": "user", "content": [text]}
    assert message_of(message, ALL - {"prompt"}) == {"role": "user", "content": [shown]}
    assert message_of({"role": "system", "content": [text]}, ALL - {"system"}) is None
