"""What an answer may hold besides text, from a server of Responses to the page: tools run there, pictures, verdicts."""

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.fakes.provider_server import Script, answers
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

ASK = """async (body) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const reply = await fetch("/api/v1/comparisons", {method: "POST", headers, body: JSON.stringify(body)});
  return (await reply.json()).id;
}"""


def picture() -> str:
    """A red dot as PNG, in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    body = head + chunk(b"IDAT", zlib.compress(b"\x00\xff\x00\x00")) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def answer(text: str) -> Script:
    """A search, a picture and a message, as Responses sends them."""
    search = {
        "id": "ws_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": "<b>?"},
    }
    image = {
        "id": "ig_1",
        "type": "image_generation_call",
        "status": "completed",
        "result": picture(),
        "output_format": "png",
    }
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"id": "m_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    output = [search, image, message]
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    response = {"id": "resp_1", "model": "drawn-1", "status": "completed", "output": output, "usage": usage}
    frames: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "output": [], "status": "in_progress"}}
    ]
    for place, item in enumerate(output):
        frames += [
            {"type": "response.output_item.added", "output_index": place, "item": item},
            {"type": "response.output_item.done", "output_index": place, "item": item},
        ]
    frames.append({"type": "response.completed", "response": response})
    return answers(*(f"event: {frame['type']}\ndata: {json.dumps(frame)}\n\n".encode() for frame in frames))


@pytest.fixture(scope="module")
def upstream(site: Stack) -> Iterator[ThreadedProvider]:
    with ThreadedProvider() as provider:
        address = ("--base-url", provider.provider.base_url)
        site.manage("add_provider", "drawn", "--protocol", "openai_responses", *address, "--model", "drawn-1")
        yield provider


def test_tools_of_the_provider_and_pictures_are_shown_and_nothing_is_fetched(
    open_page: Callable[..., Page], upstream: ThreadedProvider
) -> None:
    upstream.play(answer("Here it is."))
    page = open_page("/", fresh=True)
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((page.url.split("/c/")[0], "data:")):
            elsewhere.append(request.url)

    page.on("request", note)
    page.goto(f"/c/{page.evaluate(ASK, {'prompt': 'draw', 'models': ['drawn/drawn-1']})}/")
    column = page.locator("ts-column").first
    expect(column.locator(".answer-text")).to_have_text("Here it is.")
    tool = column.locator(".server-tool")
    tool.locator("summary").click()
    expect(tool.locator("pre").first).to_contain_text("<b>?")
    shown = column.get_by_role("img", name="Picture made by the model")
    expect(shown).to_be_visible()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1
    assert [url for url in elsewhere if "/c/" not in url and "127.0.0.1" not in url] == []


def test_an_answer_that_had_to_be_json_says_whether_it_is(
    open_page: Callable[..., Page], upstream: ThreadedProvider
) -> None:
    upstream.play(answer('{"city": 5}'))
    page = open_page("/")
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    asked = {"prompt": "where", "models": ["drawn/drawn-1"], "output": {"schema": schema}}
    page.goto(f"/c/{page.evaluate(ASK, asked)}/")
    foot = page.locator("ts-column").first.locator(".ending")
    expect(foot).to_contain_text("Not the JSON that was asked for (json_schema).")
    expect(foot).to_contain_text("$.city: 5 is not of type 'string'")
