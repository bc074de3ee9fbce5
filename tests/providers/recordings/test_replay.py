"""The replay command: on small exchanges made here, and on the large shared set where it is at hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

SHARED = Path(__file__).resolve().parents[4] / "shared" / "recordings"
STREAM = (
    'data: {"id":"r1","model":"m1","choices":[{"index":0,"delta":{"reasoning":"hm"}}]}\n\n'
    'data: {"id":"r1","model":"m1","choices":[{"index":0,"delta":{"content":"世界"}}]}\n\n'
    'data: {"id":"r1","model":"m1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":'
    '{"name":"f","arguments":"{\\"a\\":1}"}}]},"finish_reason":"tool_calls"}],"citations":["https://a/"],'
    '"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}\n\ndata: [DONE]\n\n'
)


def exchange(name: str, protocol: str = "openai-chat", **response: Any) -> dict[str, Any]:
    said = {"status": 200, "headers": {"content-type": "text/event-stream"}, "body": STREAM, **response}
    request = {"method": "POST", "url": "fixture://x", "headers": {}, "json": {"stream": True}}
    return {"id": name, "provider": "groq", "protocol": protocol, "request": request, "response": said, "tags": []}


def replayed(folder: Path, *exchanges: dict[str, Any], cut: str = "recorded") -> list[dict[str, Any]]:
    (folder / "exchanges").mkdir(exist_ok=True)
    for each in exchanges:
        (folder / "exchanges" / f"{each['id']}.json").write_text(json.dumps(each), encoding="utf-8")
    out = folder / "results.jsonl"
    call_command("replay_recordings", str(folder), "--out", str(out), "--cut", cut)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_one_line_with_everything_said(tmp_path: Path) -> None:
    [line] = replayed(tmp_path, exchange("one"))

    assert line == {
        "id": "one",
        "text": "世界",
        "reasoning": "hm",
        "tool_calls": [{"id": "c", "name": "f", "arguments": {"a": 1}}],
        "finish_reason": "tool_calls",
        "usage": {"input": 3, "output": 5, "total": 8, "cache_read": None, "cache_creation": None, "reasoning": None},
        "citations": ["https://a/"],
        "error": None,
        "response_id": "r1",
        "model": "m1",
    }


def test_recorded_sizes_and_errors(tmp_path: Path) -> None:
    refused = {"status": 429, "headers": {"retry-after": "7"}, "body": '{"error":{"message":"slow down"}}'}

    cut, error = replayed(tmp_path, exchange("cut", chunk_sizes=[1, 2, 3]), exchange("error", **refused))

    assert cut["text"] == "世界"
    assert error["error"] == {"status": 429, "message": "slow down", "retryable": True, "retry_after": 7}
    assert error["finish_reason"] is None


def test_however_the_bytes_are_cut_the_same_comes_out(tmp_path: Path) -> None:
    whole = replayed(tmp_path, exchange("one"), cut="whole")

    assert whole[0]["text"] == "世界"
    for cut in ("1", "7", "random"):
        assert replayed(tmp_path, exchange("one"), cut=cut) == whole
    with pytest.raises(CommandError, match="--cut"):
        replayed(tmp_path, exchange("one"), cut="0")


def test_other_protocols_are_counted_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = replayed(tmp_path, exchange("one"), exchange("two", protocol="smoke-signals"))

    assert [line["id"] for line in lines] == ["one"]
    assert "1 replayed, 1 skipped" in capsys.readouterr().out


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("replay_recordings", str(tmp_path), "--out", str(tmp_path / "x"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder ../shared/recordings is not here")
def test_recorded_answers_of_live_services(tmp_path: Path) -> None:
    out = tmp_path / "results.jsonl"
    call_command("replay_recordings", str(SHARED / "open"), "--out", str(out))

    scored = tmp_path / "score.json"
    command = [
        sys.executable,
        str(SHARED / "score.py"),
        str(out),
        str(SHARED / "open"),
        "--json",
        str(scored),
        "--quiet",
    ]
    subprocess.run(command, check=True)
    facts = json.loads(scored.read_text(encoding="utf-8"))["facts"]
    for fact in ("text", "reasoning", "tools", "finish", "usage", "error"):
        right = facts[fact]["right"] / sum(facts[fact].values())
        assert right >= 0.995, f"{fact}: {facts[fact]}"
