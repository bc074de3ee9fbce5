"""Bytes of the simulated provider."""

import json

import pytest

from compare_site.demo import wire


@pytest.mark.parametrize(
    ("kind", "path"),
    [("text", ["content"]), ("reasoning", ["reasoning_content"]), ("refusal", ["refusal"])],
)
def test_a_delta_is_one_event_and_one_line_whatever_the_text(kind: wire.Kind, path: list[str]) -> None:
    text = 'a"\\\n\r\u2028\u0085\x0b中\U0001f469'
    data = wire.Envelope("demo-1", 'm"x', None).delta(kind, text)
    body = json.loads(data.removeprefix(b"data: "))

    assert data.endswith(b"\n\n")
    assert data.count(b"\n") == 2
    assert b"\r" not in data
    assert body["choices"][0]["delta"] == {path[0]: text}
    assert (body["id"], body["model"]) == ("demo-1", 'm"x')


def test_a_response_tells_its_length_in_bytes() -> None:
    head, _, body = wire.response(429, {"a": "中"}, {"Retry-After": "1"}).partition(b"\r\n\r\n")

    assert b"Retry-After: 1" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert json.loads(body) == {"a": "中"}
