"""One hostile text in every field that an answer can have, in the words of each protocol."""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

CUT = 3
"""Characters a chunk: most texts come in many pieces, each state in between is painted, too."""
MARK = "zz-the-end-zz"
Event = tuple[str, dict[str, Any]]
SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(2)</script></svg>"


def pixel() -> str:
    """A PNG that a browser shows, in base64: the one kind of picture that may be seen."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND", b"")
    return base64.b64encode(data).decode()


def pictures(text: str) -> list[dict[str, str]]:
    """What a provider may call a picture: ``data`` with a type, or an address."""
    svg = base64.b64encode(SVG.encode()).decode()
    return [
        {"data": pixel(), "media_type": "image/png"},
        {"url": f"data:image/png;base64,{pixel()}"},
        {"data": text, "media_type": "image/png"},
        {"data": text, "media_type": text},
        {"data": svg, "media_type": "image/svg+xml"},
        {"data": "x", "media_type": "image/png' onerror='alert(1)"},
        {"url": text},
        {"url": f"data:image/svg+xml,{SVG}"},
        {"url": "https://evil.example/picture.png"},
    ]


def pieces(text: str) -> list[str]:
    """``text`` in chunks, its end marked."""
    whole = f"{text}\n\n{MARK}"
    return [whole[start : start + CUT] for start in range(0, len(whole), CUT)]


def arguments(text: str) -> str:
    """Of a call of a tool."""
    return json.dumps({text: [text, MARK]})


def error(text: str) -> dict[str, Any]:
    """Of a provider that refuses."""
    return {"message": f"{text} {MARK}", "type": text, "code": text, "param": text}


def chat(text: str, said: list[str]) -> Iterator[Event]:
    """Chat Completions, with what OpenRouter and others add to them."""

    def chunk(finish: str | None = None, **delta: Any) -> Event:
        top = {"id": text, "model": text, "system_fingerprint": text, "service_tier": text, "provider": text}
        return "", {**top, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    for piece in said:
        yield chunk(reasoning_content=piece)
    for piece in said:
        yield chunk(content=piece)
    cited = ({"url": text, "title": text}, {"url": f"https://evil.example/{text}", "title": text})
    yield chunk(annotations=[{"type": "url_citation", "url_citation": each} for each in cited])
    links = [each.get("url") or f"data:{each['media_type']};base64,{each['data']}" for each in pictures(text)]
    yield chunk(images=[{"type": "image_url", "image_url": {"url": link}} for link in links])
    yield chunk(tool_calls=[{"index": 0, "id": text, "type": "function", "function": {"name": text, "arguments": ""}}])
    yield chunk(tool_calls=[{"index": 0, "function": {"arguments": arguments(text)}}])
    yield chunk(refusal=text)
    yield chunk(finish=text)


def responses(text: str, said: list[str]) -> Iterator[Event]:
    """Responses: tools that the provider runs, pictures, citations, refusals."""
    answer = {"id": text, "model": text, "service_tier": text, "system_fingerprint": text, "status": "in_progress"}
    number = 0

    def event(kind: str, **fields: Any) -> Event:
        return kind, {"type": kind, **fields}

    def item(kind: str, **fields: Any) -> Iterator[Event]:
        nonlocal number
        whole = {"type": kind, "id": f"{number} {text}", "status": text, **fields}
        yield event("response.output_item.added", output_index=number, item={**whole, "status": "in_progress"})
        yield event("response.output_item.done", output_index=number, item=whole)
        number += 1

    yield event("response.created", response=answer)
    yield from item("web_search_call", action={"type": "search", "query": text, "url": text}, results=[{"url": text}])
    yield from item("mcp_call", name=text, server_label=text, arguments=arguments(text), output=text, error=text)
    yield from item("code_interpreter_call", code=text, outputs=[{"type": "logs", "logs": text}])
    yield from item(f"{text}_call", input=text, output=text)
    for picture in pictures(text):
        kind = picture.get("media_type", "").removeprefix("image/")
        yield from item("image_generation_call", result=picture.get("data") or picture["url"], output_format=kind)
    for piece in said:
        yield event("response.reasoning_summary_text.delta", output_index=number, summary_index=0, delta=piece)
    number += 1
    for piece in said:
        yield event("response.output_text.delta", output_index=number, content_index=0, delta=piece)
    for note in ({"url": text, "title": text}, {"url": f"https://evil.example/{text}"}, {"filename": text}):
        annotation = {"type": "url_citation", "file_id": text, **note}
        yield event("response.output_text.annotation.added", output_index=number, annotation=annotation)
    yield event("response.refusal.delta", output_index=number, content_index=1, delta=text)
    number += 1
    yield from item("function_call", name=text, call_id=text, arguments=arguments(text))
    ended = {**answer, "status": "incomplete", "incomplete_details": {"reason": text}, "output": []}
    yield event("response.incomplete", response=ended)


def messages(text: str, said: list[str]) -> Iterator[Event]:
    """Messages: tools that the provider runs and their results, citations, blocks that nobody knows."""
    number = 0

    def block(start: dict[str, Any], *deltas: dict[str, Any]) -> Iterator[Event]:
        nonlocal number
        begun = {"type": "content_block_start", "index": number, "content_block": start}
        yield "content_block_start", begun
        for delta in deltas:
            yield "content_block_delta", {"type": "content_block_delta", "index": number, "delta": delta}
        yield "content_block_stop", {"type": "content_block_stop", "index": number}
        number += 1

    usage = {"input_tokens": 3, "output_tokens": 1, "service_tier": text}
    opened = {"id": text, "model": text, "role": "assistant", "content": [], "usage": usage}
    yield "message_start", {"type": "message_start", "message": opened}
    thoughts = ({"type": "thinking_delta", "thinking": piece} for piece in said)
    yield from block({"type": "thinking", "thinking": ""}, *thoughts, {"type": "signature_delta", "signature": text})
    given = {"type": "input_json_delta", "partial_json": arguments(text)}
    yield from block({"type": "server_tool_use", "id": text, "name": text, "input": {}}, given)
    result = [{"type": "web_search_result", "url": text, "title": text, "page_age": text}]
    yield from block({"type": "web_search_tool_result", "tool_use_id": text, "content": result})
    yield from block({"type": "bash_code_execution_tool_result", "tool_use_id": "other", "content": {"stdout": text}})
    yield from block({"type": text, "content": text, text: text})
    quotes = (
        {"type": "web_search_result_location", "url": text, "title": text, "cited_text": text},
        {"type": "web_search_result_location", "url": f"https://evil.example/{text}", "title": text},
        {"type": "char_location", "document_title": text, "cited_text": text},
    )
    cited = ({"type": "citations_delta", "citation": quote} for quote in quotes)
    words = ({"type": "text_delta", "text": piece} for piece in said)
    yield from block({"type": "text", "text": ""}, *words, *cited)
    yield from block({"type": "tool_use", "id": f"t {text}", "name": text, "input": {}}, given)
    end = {"stop_reason": text, "stop_sequence": text, "stop_details": {text: text}}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": {"output_tokens": 9}}
    yield "message_stop", {"type": "message_stop"}


SPEECH = {"openai_chat": chat, "openai_responses": responses, "anthropic_messages": messages}


def failure(protocol: str, text: str) -> Event:
    """An error inside a stream that began well."""
    if protocol == "openai_responses":
        failed = {"id": text, "status": "failed", "error": error(text)}
        return "response.failed", {"type": "response.failed", "response": failed}
    if protocol == "anthropic_messages":
        return "error", {"type": "error", "error": error(text), "request_id": text}
    return "", {"error": error(text)}


def frame(name: str, payload: dict[str, Any]) -> bytes:
    """One server-sent event."""
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + json.dumps(payload).encode() + b"\n\n"
