"""The simulated provider's door."""

import asyncio
import hashlib
import os
import subprocess
import sys
import urllib.request

import pytest

from compare_site import demo
from compare_site.demo.grammar import MODELS
from tests.clients.until import until
from tests.demo.conftest import HELLO, Asker

pytestmark = pytest.mark.asyncio


async def test_it_lists_its_models(ask: Asker) -> None:
    status, body = await ask.get("/v1/models")

    assert (status, [model["id"] for model in body["data"]]) == (200, list(MODELS))


async def test_a_whole_answer_is_the_same_wire_without_the_stream(ask: Asker) -> None:
    model = "thinker@rate=0,delay=0,reasoning=120"
    status, body, _ = await ask.whole(model, temperature=0, top_p=1, seed=3, stop=["x"], n=1)
    message = body["choices"][0]["message"]
    report = await ask.sent(body["id"])

    assert status == 200
    assert (message["content"], message["reasoning_content"]) == (report["text"], report["reasoning"])
    assert hashlib.sha256(message["content"].encode()).hexdigest() == report["sha256"]
    assert body["usage"]["completion_tokens_details"]["reasoning_tokens"] == 120


async def test_a_whole_answer_may_call_a_tool_refuse_or_be_cut(ask: Asker) -> None:
    _, called, _ = await ask.whole("tools@rate=0,delay=0")
    _, refused, _ = await ask.whole("refuses@rate=0,delay=0")
    _, short, _ = await ask.whole("fast@rate=0,delay=0", max_tokens=5)

    assert called["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert refused["choices"][0]["message"]["refusal"].startswith(refused["id"])
    assert short["choices"][0]["finish_reason"] == "length"


async def test_a_maximum_beyond_every_answer_is_none(ask: Asker) -> None:
    reply = await ask.stream("fast@rate=0,delay=0,tokens=20", max_tokens=2**70)

    assert reply.finish == ["stop"]


async def test_flaky_fails_once_with_retry_after_and_then_answers(ask: Asker) -> None:
    model = "flaky@rate=0,delay=0,retry=0"
    first, second = await ask.whole(model), await ask.whole(model)
    other, _, headers = await ask.whole("flaky@rate=0,delay=0", [{"role": "user", "content": "another history"}])

    assert (first[0], first[1]["error"]["code"], second[0]) == (429, "rate_limit_exceeded", 200)
    assert (other, headers["Retry-After"]) == (429, "1")


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("nobody", 404, "model_not_found"),
        ("fast@speed=1", 400, "invalid_request_error"),
        ("fast@error=401", 401, "invalid_api_key"),
        ("fast@error=503", 503, "server_error"),
    ],
)
async def test_errors_are_errors_of_the_wire(ask: Asker, model: str, status: int, code: str) -> None:
    answer = await ask.whole(model)

    assert (answer[0], answer[1]["error"]["code"]) == (status, code)


async def test_bodies_that_make_no_sense_are_refused_and_the_connection_lives_on(ask: Asker) -> None:
    url = f"{ask.server.base_url}/chat/completions"
    for data in (b"", b"{", b"[]", b'{"model":"fast"}', b'{"model":"fast","messages":[]}', b"\xff"):
        async with ask.http.post(url, data=data) as response:
            assert response.status == 400
    async with ask.http.get(url) as response:
        assert response.status == 405
    assert (await ask.get("/v1/models"))[0] == 200


async def test_requests_are_kept_with_their_messages_and_a_digest_of_the_credential(ask: Asker) -> None:
    ask.http.headers["Authorization"] = "Bearer sk-canary"
    _, body, _ = await ask.whole("fast@rate=0,delay=0", temperature=0)
    await ask.whole("fast@error=500")
    status, listed = await ask.get("/_requests")
    mine = (await ask.get(f"/_requests/{body['id']}"))[1]

    assert status == 200
    assert [entry["id"] for entry in listed["requests"]] == [body["id"], None]
    assert mine["body"] == {"model": "fast@rate=0,delay=0", "messages": HELLO, "temperature": 0}
    assert mine["auth"] == hashlib.sha256(b"Bearer sk-canary").hexdigest()
    assert "canary" not in str(listed)


async def test_without_recording_only_who_knows_the_id_reads_a_request() -> None:
    server = await demo.serve(record=False)
    root = server.base_url.removesuffix("/v1")

    def fetch() -> None:
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{root}/_requests", timeout=5)
        with raised.value as error:
            assert error.code == 404

    await asyncio.to_thread(fetch)
    await server.close()


async def test_a_foreign_host_name_reads_nothing(ask: Asker) -> None:
    _, body, _ = await ask.whole("fast@rate=0,delay=0")

    assert (await ask.get(f"/_sent/{body['id']}", Host="rebound.example:80"))[0] == 404
    assert (await ask.get(f"/_sent/{body['id']}"))[0] == 200


async def test_requests_on_one_connection_are_answered_in_order(ask: Asker) -> None:
    host, port = ask.server.base_url.removesuffix("/v1").removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    one = b'{"model":"fast@rate=0,delay=50,tokens=20","messages":[{}],"stream":true}'
    post = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(one)
    writer.write(post + one + b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
    seen = b""
    async with asyncio.timeout(10):
        while b"owned_by" not in seen:
            seen += await reader.read(65536)
    writer.close()
    await writer.wait_closed()

    assert seen.index(b"[DONE]") < seen.index(b"owned_by")


async def test_close_drops_open_streams() -> None:
    server = await demo.serve()
    host, port = server.base_url.removesuffix("/v1").removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    async with asyncio.timeout(10):
        await until(lambda: server.lines)
        await server.close()
        assert await reader.read() == b""
    writer.close()


async def test_as_a_program_it_prints_its_address_first() -> None:
    command = [sys.executable, "-m", "compare_site.demo", "--port", "0"]
    process = await asyncio.to_thread(
        subprocess.Popen, command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.to_thread(process.stdout.readline)).decode().strip()

        def fetch() -> int:
            with urllib.request.urlopen(f"{url}/models", timeout=5) as response:
                return int(response.status)

        assert await asyncio.to_thread(fetch) == 200
    finally:
        process.terminate()
        process.communicate(timeout=10)
