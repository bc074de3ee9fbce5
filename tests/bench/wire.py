"""The same answer in every protocol, as providers send it: for the adapters' bench, and the server that sends it.

``python -m tests.bench.wire`` prints its port; ``/<protocol>/<events>/<pause>`` before a path says what is answered.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from providers.contract.adapter import Framing
from tests.fakes import aws_frames

WORD = " hello"
MODEL = "bench-1"
USAGE = {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18}


@dataclass(frozen=True)
class Shape:
    """What comes before the words, each word (by its number), and what comes after so many of them."""

    framing: Framing
    before: bytes
    word: Callable[[int], bytes]
    after: Callable[[int], bytes]


def _sse(value: Any, name: str = "") -> bytes:
    line = f"event: {name}\n" if name else ""
    return f"{line}data: {_json(value)}\n\n".encode()


def _typed(kind: str, **fields: Any) -> bytes:
    return _sse({"type": kind, **fields}, kind)


def _line(value: Any) -> bytes:
    return f"{_json(value)}\n".encode()


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _constant(word: bytes) -> Callable[[int], bytes]:
    return lambda _: word


def _openai_chat() -> Shape:
    chunk = {"id": "chatcmpl-AbCdEfGhIjKlMnOpQrStUvWx", "object": "chat.completion.chunk", "created": 1_763_600_000}
    chunk |= {"model": MODEL, "system_fingerprint": "fp_0123456789"}

    def said(delta: dict[str, str], reason: str | None = None) -> bytes:
        return _sse({**chunk, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]})

    after = said({}, "stop") + b"data: [DONE]\n\n"
    # LiteLLM takes the same words a hundred times over for a model that has gone wrong, and stops.
    words = [said({"content": WORD + plural}) for plural in ("", "s")]
    return Shape("sse", b"", lambda number: words[number % 2], _constant(after))


def _openai_responses() -> Shape:
    response = {"id": "resp_0123456789abcdef", "object": "response", "model": MODEL, "output": []}
    item = {"id": "msg_0123456789abcdef", "type": "message", "role": "assistant", "content": []}
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    before = (
        _typed("response.created", response={**response, "status": "in_progress"}, sequence_number=0)
        + _typed("response.output_item.added", output_index=0, item={**item, "status": "in_progress"})
        + _typed("response.content_part.added", **place, part={"type": "output_text", "text": "", "annotations": []})
    )
    word = _typed(
        "response.output_text.delta", **place, delta=WORD, logprobs=[], sequence_number=4, obfuscation="abcdefgh"
    )
    after = _typed("response.completed", response={**response, "status": "completed", "usage": USAGE})
    return Shape("sse", before, _constant(word), _constant(after))


def _anthropic_events() -> tuple[list[Any], Any, list[Any]]:
    message = {"id": "msg_0123456789", "type": "message", "role": "assistant", "model": MODEL, "content": []}
    before = [
        {"type": "message_start", "message": {**message, "usage": USAGE}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    word = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORD}}
    after = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": USAGE},
        {"type": "message_stop"},
    ]
    return before, word, after


def _anthropic_messages() -> Shape:
    before, word, after = _anthropic_events()
    sse = [[_sse(event, event["type"]) for event in events] for events in (before, [word], after)]
    return Shape("sse", b"".join(sse[0]), _constant(sse[1][0]), _constant(b"".join(sse[2])))


def _gemini_generate() -> Shape:
    def said(text: str, **more: Any) -> bytes:
        candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0, **more}
        usage = {"promptTokenCount": 9, "candidatesTokenCount": 9, "totalTokenCount": 18}
        whole = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": MODEL, "responseId": "abcdefghijk"}
        return _sse(whole)

    return Shape("sse", b"", _constant(said(WORD)), _constant(said("", finishReason="STOP")))


def _bedrock_converse() -> Shape:
    word = aws_frames.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": WORD}, "p": "abcdefghij"})
    after = (
        aws_frames.event("contentBlockStop", {"contentBlockIndex": 0})
        + aws_frames.event("messageStop", {"stopReason": "end_turn"})
        + aws_frames.event("metadata", {"usage": {"inputTokens": 9, "outputTokens": 9, "totalTokens": 18}})
    )
    before = aws_frames.event("messageStart", {"role": "assistant"})
    return Shape("eventstream", before, _constant(word), _constant(after))


def _bedrock_invoke() -> Shape:
    before, word, after = _anthropic_events()
    frames = [b"".join(aws_frames.chunk(event) for event in events) for events in (before, [word], after)]
    return Shape("eventstream", frames[0], _constant(frames[1]), _constant(frames[2]))


def _cohere_v1() -> Shape:
    before = _line({"is_finished": False, "event_type": "stream-start", "generation_id": "0123456789abcdef"})
    word = _line({"is_finished": False, "event_type": "text-generation", "text": WORD})
    after = _line({"is_finished": True, "event_type": "stream-end", "finish_reason": "COMPLETE", "response": {}})
    return Shape("ndjson", before, _constant(word), _constant(after))


def _cohere_v2() -> Shape:
    content = {"message": {"content": {"type": "text", "text": ""}}}
    before = _typed("message-start", id="0123456789", delta={"message": {"role": "assistant"}}) + _typed(
        "content-start", index=0, delta=content
    )
    word = _typed("content-delta", index=0, delta={"message": {"content": {"text": WORD}}})
    after = _typed("content-end", index=0) + _typed("message-end", delta={"finish_reason": "COMPLETE", "usage": {}})
    return Shape("sse", before, _constant(word), _constant(after))


def _ollama_chat() -> Shape:
    about = {"model": MODEL, "created_at": "2025-11-20T00:53:20.123456789Z"}
    word = _line({**about, "message": {"role": "assistant", "content": WORD}, "done": False})
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 9}
    after = _line({**about, "message": {"role": "assistant", "content": ""}, **end})
    return Shape("ndjson", b"", _constant(word), _constant(after))


def _yandex_completion() -> Shape:
    def said(text: str, status: str) -> bytes:
        alternative = {"message": {"role": "assistant", "text": text}, "status": f"ALTERNATIVE_STATUS_{status}"}
        usage = {"inputTextTokens": "9", "completionTokens": "9", "totalTokens": "18"}
        return _line({"result": {"alternatives": [alternative], "usage": usage, "modelVersion": "1"}})

    # Every line repeats the whole text so far.
    return Shape(
        "ndjson",
        b"",
        lambda number: said(WORD * (number + 1), "PARTIAL"),
        lambda words: said(WORD * words, "FINAL"),
    )


SHAPES = {
    "openai_chat": _openai_chat(),
    "openai_responses": _openai_responses(),
    "anthropic_messages": _anthropic_messages(),
    "gemini_generate": _gemini_generate(),
    "bedrock_converse": _bedrock_converse(),
    "bedrock_invoke": _bedrock_invoke(),
    "cohere_v1": _cohere_v1(),
    "cohere_v2": _cohere_v2(),
    "ollama_chat": _ollama_chat(),
    "yandex_completion": _yandex_completion(),
}
TYPES = {
    "sse": "text/event-stream",
    "ndjson": "application/x-ndjson",
    "eventstream": "application/vnd.amazon.eventstream",
}


def _http_chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data) if data else b""


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))[15:])
    await reader.readexactly(size)
    protocol, events, pause = head.split(b" ")[1].decode().split("/")[1:4]
    shape = SHAPES[protocol]
    kind = TYPES[shape.framing].encode()
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\n\r\n" % kind)
    writer.write(_http_chunk(shape.before))
    words = (_http_chunk(shape.word(number)) for number in range(int(events)))
    if float(pause) == 0:
        writer.write(b"".join(words))
    else:
        for word in words:
            writer.write(word)
            await asyncio.sleep(float(pause))
    writer.write(_http_chunk(shape.after(int(events))) + b"0\r\n\r\n")
    await writer.drain()
    writer.close()


async def serve() -> None:
    """Until killed."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
