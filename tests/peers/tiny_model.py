"""A language model of a few thousand random numbers in llama.cpp's own file format (GGUF, version 3).

It speaks in words of its small vocabulary, and the same ones every time: enough to be served, never to make sense.
"""

import random
import struct
from pathlib import Path
from typing import Any

CONTEXT = 256
WIDTH, HEADS, INNER = 32, 2, 64
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WORDS = tuple(f"\u2581{word}" for word in (*NUMBERS, "and", "or", "not", "so"))
"""The sign in front stands for a space."""
CONTROL, BYTE, UNKNOWN, NORMAL = 3, 6, 2, 1
U32, F32, STRING, ARRAY, I32 = 4, 6, 8, 9, 5
ALIGNMENT = 32
TEMPLATE = "{% for message in messages %}{{ message.content }} {% endfor %}"


def write_model(path: Path) -> None:
    """The file. Made of nothing but this module: the same bytes every time."""
    dice = random.Random(20261121)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581", *WORDS]
    kinds = [UNKNOWN, CONTROL, CONTROL, *[BYTE] * 256, *[NORMAL] * (len(WORDS) + 1)]
    meta: list[tuple[str, int, Any]] = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "tiny"),
        ("llama.context_length", U32, CONTEXT),
        ("llama.embedding_length", U32, WIDTH),
        ("llama.block_count", U32, 1),
        ("llama.feed_forward_length", U32, INNER),
        ("llama.attention.head_count", U32, HEADS),
        ("llama.attention.head_count_kv", U32, HEADS),
        ("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        ("llama.rope.dimension_count", U32, WIDTH // HEADS),
        ("llama.vocab_size", U32, len(tokens)),
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, tokens)),
        ("tokenizer.ggml.scores", ARRAY, (F32, [0.0] * len(tokens))),
        ("tokenizer.ggml.token_type", ARRAY, (I32, kinds)),
        ("tokenizer.ggml.bos_token_id", U32, 1),
        ("tokenizer.ggml.eos_token_id", U32, 2),
        ("tokenizer.ggml.unknown_token_id", U32, 0),
        ("tokenizer.chat_template", STRING, TEMPLATE),
    ]
    speaking = len(tokens) - len(WORDS)
    # Only words have a voice: of zeros comes a likelihood that the best word is always above.
    voice = [0.0] * (WIDTH * speaking) + [dice.gauss(0, 1) for _ in range(WIDTH * len(WORDS))]
    shapes = {
        "token_embd.weight": (WIDTH, len(tokens)),
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, len(tokens)),
        "blk.0.attn_norm.weight": (WIDTH,),
        "blk.0.attn_q.weight": (WIDTH, WIDTH),
        "blk.0.attn_k.weight": (WIDTH, WIDTH),
        "blk.0.attn_v.weight": (WIDTH, WIDTH),
        "blk.0.attn_output.weight": (WIDTH, WIDTH),
        "blk.0.ffn_norm.weight": (WIDTH,),
        "blk.0.ffn_gate.weight": (WIDTH, INNER),
        "blk.0.ffn_up.weight": (WIDTH, INNER),
        "blk.0.ffn_down.weight": (INNER, WIDTH),
    }
    numbers = {name: _numbers(name, shape, dice) for name, shape in shapes.items()}
    path.write_bytes(_file(meta, shapes, {**numbers, "output.weight": voice}))


def _numbers(name: str, shape: tuple[int, ...], dice: random.Random) -> list[float]:
    count = shape[0] * (shape[1] if len(shape) > 1 else 1)
    return [1.0] * count if "norm" in name else [dice.gauss(0, 0.5) for _ in range(count)]


def _file(
    meta: list[tuple[str, int, Any]], shapes: dict[str, tuple[int, ...]], numbers: dict[str, list[float]]
) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(meta))
    head += b"".join(_text(name) + struct.pack("<I", kind) + _value(kind, value) for name, kind, value in meta)
    body = b""
    for name, shape in shapes.items():
        sizes = struct.pack(f"<{len(shape)}Q", *shape)
        head += _text(name) + struct.pack("<I", len(shape)) + sizes + struct.pack("<IQ", 0, len(body))
        body += _padded(struct.pack(f"<{len(numbers[name])}f", *numbers[name]))
    return _padded(head) + body


def _value(kind: int, value: Any) -> bytes:
    if kind == STRING:
        return _text(value)
    if kind == ARRAY:
        inner, items = value
        return struct.pack("<IQ", inner, len(items)) + b"".join(_value(inner, item) for item in items)
    return struct.pack({U32: "<I", I32: "<i", F32: "<f"}[kind], value)


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNMENT)
