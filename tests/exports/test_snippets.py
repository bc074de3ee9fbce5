"""Requests as code: what is copied is run here, and the server must get what the run had sent it."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compare_site.comparisons.actions import Refused
from compare_site.comparisons.calls import wire_of as wire_said
from compare_site.comparisons.models import Run
from compare_site.exports.quoting import as_json, masked
from compare_site.exports.snippets import Wire, snippets, wire_of
from providers.adapters import get_adapter
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.resolved import Target
from providers.contract.spec import Auth, ProviderSpec
from tests.comparisons.driving import drive, started
from tests.exports.rows import made
from tests.fakes.threaded import ThreadedProvider

HOSTILE = (
    "'; touch pwned; echo ' $(touch pwned) `touch pwned` ${HOME} \"; touch pwned; \" !! %s %(x)s {x} \\ \\n\n"
    "TOUCHSTONE_BODY\nEOF\n''' \"\"\" */ </script> ${process.exit(1)} \u2028 \u202e\u200b \x07\x9b 中文 😀 \\u0041"
)
KEY = "test-key-0123456789"


def played(code: str, name: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run the snippet as somebody who has pasted it."""
    programs = {"curl": ["sh", "-eu", "snippet"], "javascript": ["node", "snippet.mjs"]}
    needed = {"curl": "curl", "javascript": "node"}.get(name, "sh")
    if shutil.which(needed) is None:
        pytest.skip(f"the snippet is for {needed}, which this machine has not; the Python snippets run everywhere")
    command = programs.get(name, [sys.executable, "snippet"])
    (folder / command[-1]).write_text(code, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "UPSTREAM_API_KEY": KEY, "LANG": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("valkey")
def test_what_is_copied_sends_what_was_sent(owner: Any, upstream: ThreadedProvider, tmp_path: Path) -> None:
    model = upstream.as_rows()
    params = {"temperature": 0.5, "stop": ["\x07'"], "max_tokens": 9, "seed": 2**60}
    column = {"model": model, "params": params, "extra": {"odd": {"__proto__": 1, "k": None}}}
    comparison = started(owner, column, prompt=HOSTILE, system="'\"$x`")
    assert drive(comparison)[0]["status"] == "finished"
    sent = upstream.received().json
    wire = wire_of(comparison.runs.get())

    made_of = snippets(wire)

    assert [snippet.name for snippet in made_of] == ["curl", "python", "langchain", "javascript"]
    for number, snippet in enumerate(made_of, 2):
        assert not set(snippet.code) & {"\x07", "\x9b", "\u202e", "\u200b", "\u2028"}, snippet.name
        if snippet.name == "langchain":
            compile(snippet.code, "snippet", "exec")
            upstream.provider.requests.append(upstream.requests[0])
            continue
        done = played(snippet.code, snippet.name, tmp_path)
        assert done.returncode == 0, (snippet.name, done.stderr)
        assert b"chatcmpl-1" in done.stdout, snippet.name
        assert upstream.received(number).json == sent, snippet.name
    assert [path.name for path in tmp_path.iterdir() if "snippet" not in path.name and path.name != ".cache"] == []


def wire(protocol: str, path: str, auth: Auth, **fields: Any) -> Wire:
    spec = ProviderSpec.model_validate(
        {
            "slug": "my-server",
            "name": "x",
            "base_url": "https://x.test/v1",
            "protocol": protocol,
            "auth": auth,
            **fields,
        }
    )
    adapter = get_adapter(protocol)
    target = Target(spec, adapter, spec.base_url, "m-1", None, frozenset())
    request = ChatRequest(model_id="m-1", messages=(Message.of_text("user", HOSTILE),), params=Params(max_tokens=5))
    rendered = adapter.render(request, spec)
    said = wire_said(target, rendered)
    assert said["url"].endswith(path), said["url"]
    return Wire(said["protocol"], said["method"], said["url"], said["headers"], said["auth"], dict(rendered.body))


@pytest.mark.parametrize(
    ("protocol", "path", "auth", "names", "says"),
    [
        ("openai_responses", "/responses", Auth(), "curl python javascript", "MY_SERVER_API_KEY"),
        (
            "anthropic_messages",
            "/messages",
            Auth(kind="header", header="x-api-key"),
            "curl python javascript",
            "x-api-key: $MY",
        ),
        (
            "gemini_generate",
            "alt=sse",
            Auth(kind="header", header="x-goog-api-key"),
            "curl python javascript",
            "x-goog-api-key: $",
        ),
        ("ollama_chat", "/api/chat", Auth(kind="none"), "curl python javascript", "TOUCHSTONE_BODY"),
        (
            "bedrock_converse",
            "converse-stream",
            Auth(kind="sigv4", region="eu-west-1"),
            "curl python javascript",
            "aws:amz:eu-west-1:bedrock",
        ),
        ("openai_chat", "/completions", Auth(kind="google"), "curl python langchain javascript", "Bearer $MY_SERVER"),
    ],
)
def test_other_protocols_offer_what_fits(protocol: str, path: str, auth: Auth, names: str, says: str) -> None:
    found = snippets(wire(protocol, path, auth))

    assert [snippet.name for snippet in found] == names.split()
    assert says in "".join(snippet.code for snippet in found)
    assert ("aws4fetch" in found[-1].code) == (auth.kind == "sigv4")
    for snippet in found:
        if snippet.name in {"python", "langchain"}:
            compile(snippet.code, "snippet", "exec")


@pytest.mark.parametrize("auth", [Auth(kind="header", header="x-api-key"), Auth(kind="none")])
def test_python_without_an_sdk_sends_the_same(auth: Auth, upstream: ThreadedProvider, tmp_path: Path) -> None:
    said = wire("anthropic_messages", "/messages", auth)
    named = {**said.auth, "variable": "UPSTREAM_API_KEY"}
    code = next(
        each.code for each in snippets(replace(said, url=said_to(upstream), auth=named)) if each.name == "python"
    )
    done = played(code, "python", tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"chatcmpl-1" in done.stdout
    received = upstream.received(1)
    assert received.json == said.body
    assert received.headers.get("x-api-key") == (KEY if auth.kind == "header" else None)
    assert received.headers["anthropic-version"] == said.headers["anthropic-version"]


def said_to(upstream: ThreadedProvider) -> str:
    return f"{upstream.provider.base_url}/messages"


def test_python_signs_for_aws_as_the_product_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "an example")
    said = wire("bedrock_converse", "converse-stream", Auth(kind="sigv4", region="eu-west-1"))
    code = next(each.code for each in snippets(said) if each.name == "python")
    names: dict[str, Any] = {}
    exec(code.partition("request = ")[0], names)  # what would be sent, without sending it

    assert names["headers"]["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-west-1/bedrock/aws4_request" in names["headers"]["Authorization"]
    assert json.loads(names["data"]) == said.body


def test_a_variable_is_named_as_the_catalog_names_it() -> None:
    assert "$THEIR_KEY" in snippets(wire("openai_chat", "/chat/completions", Auth(), env_key=["THEIR_KEY"]))[0].code


def test_media_and_secrets_are_left_out() -> None:
    image = "data:image/png;base64," + "A" * 4000
    value = masked({"api_key": "abc", "max_tokens": 5, "messages": [{"url": image, "text": "x" * 50}]})

    assert value["api_key"] == "***"
    assert value["max_tokens"] == 5
    assert "4022 characters" in value["messages"][0]["url"]
    assert value["messages"][0]["text"] == "x" * 50


def test_json_shows_what_it_is() -> None:
    text = as_json({"a": "\u202e\U000e0041b\n"})

    assert json.loads(text) == {"a": "\u202e\U000e0041b\n"}
    assert text == '{\n  "a": "\\u202e\\udb40\\udc41b\\n"\n}'


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_what_has_sent_nothing_says_so(owner: Any) -> None:
    run = made(owner).runs.filter(state="failed").get()
    with pytest.raises(Refused) as refused:
        wire_of(run)
    assert refused.value.code == "nothing_sent"
    Run.objects.filter(pk=run.pk).update(state="running")
    with pytest.raises(Refused) as refused:
        wire_of(Run.objects.get(pk=run.pk))
    assert refused.value.code == "still_running"
