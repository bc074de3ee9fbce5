"""Model servers told apart by what they answer; strangers and the hostile are asked little and believed less."""

import asyncio
import socket
from contextlib import ExitStack
from typing import Any

import pytest

from providers import discovery
from providers.catalog import load_catalog
from providers.discovery import Discovered, Place, look
from providers.transport.http import Transport
from tests.fakes.local_servers import SERVERS, VERSIONS, Answers, LocalServer, listed, serving


async def found_at(transport: Transport, *servers: LocalServer) -> list[Discovered]:
    return await look((Place("127.0.0.1", server.port) for server in servers), load_catalog().values(), transport)


async def found_of(transport: Transport, answers: Answers) -> tuple[list[Discovered], LocalServer]:
    with serving(answers) as server:
        return await found_at(transport, server), server


async def test_every_kind_is_told_apart(transport: Transport) -> None:
    with ExitStack() as stack:
        servers = {kind: stack.enter_context(serving(answers)) for kind, answers in SERVERS.items()}
        found = await found_at(transport, *servers.values())

    assert [each.kind for each in found] == list(SERVERS)
    assert {each.kind: each.version for each in found if each.version} == VERSIONS
    assert {each.kind for each in found if each.locked} == {"litellm-proxy"}
    assert {each.kind: each.models for each in found}["ollama"] == ("qwen3:8b",)
    for server in servers.values():
        assert {method for method, _ in server.asked} == {"GET"}
        assert not any("authorization" in {name.lower() for name in headers} for headers in server.headers)


def test_every_usual_server_has_a_telltale_and_its_port() -> None:
    ports = {spec.slug: spec.telltale.ports for spec in load_catalog().values() if spec.telltale}

    assert ports == {
        "ollama": (11434,),
        "llama-cpp": (8080,),
        "vllm": (8000,),
        "lm-studio": (1234,),
        "xinference": (9997,),
        "tgi": (8080, 3000),
        "nim": (8000,),
        "litellm-proxy": (4000,),
    }


async def test_one_that_lists_models_and_tells_no_more(transport: Transport) -> None:
    found, _ = await found_of(transport, {"/v1/models": listed("a", "b")})

    assert [(each.kind, each.models) for each in found] == [("", ("a", "b"))]


STRANGERS: dict[str, Answers] = {
    "nothing known": {},
    "a page for every path": dict.fromkeys(
        [path for answers in SERVERS.values() for path in answers], (200, b"<!doctype html><title>Hi</title>")
    ),
    "an empty list": {"/v1/models": listed()},
    "another version": {"/version": (200, {"version": "1"}), "/v1/models": (404, {})},
    "a list of its own": {"/v1/models": (200, [{"id": "x"}])},
    "JSON that is no object": dict.fromkeys(SERVERS["ollama"], (200, [1, 2])),
    "an error for everything": dict.fromkeys(SERVERS["tgi"], (500, SERVERS["tgi"]["/info"][1])),
    "redirects": dict.fromkeys(SERVERS["ollama"], (307, b"http://127.0.0.1:1/v1/models")),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_a_stranger_is_no_model_server(transport: Transport, stranger: str) -> None:
    found, _ = await found_of(transport, STRANGERS[stranger])

    assert found == []


async def test_a_redirect_is_not_followed(transport: Transport) -> None:
    with serving(SERVERS["ollama"]) as real:
        to_real = {path: (307, f"http://{real.place}{path}".encode()) for path in SERVERS["ollama"]}
        found, _ = await found_of(transport, to_real)

    assert found == []
    assert real.asked == []


async def test_hostile_lists_are_cut_and_cleaned(transport: Transport) -> None:
    ids = ["good", "good", "", " x", "a\nb", "\u202eevil", "x" * 301, "<img src=x onerror=alert(1)>"]
    value = {"data": [*({"id": name, "owned_by": "vllm"} for name in ids), None, 7, "text", {"id": 5}, {"id": ["x"]}]}
    many = {"data": [{"id": f"m{number}"} for number in range(2000)]}
    version = {"version": "1\n2"}

    found, _ = await found_of(transport, {"/v1/models": (200, value), "/version": (200, version)})
    crowd, _ = await found_of(transport, {"/v1/models": (200, many)})

    assert found[0].models == ("good", "<img src=x onerror=alert(1)>"), "text that is only ever shown as text"
    assert found[0].version == ""
    assert len(crowd[0].models) == discovery.MOST_MODELS


async def test_too_much_and_too_deep(transport: Transport) -> None:
    huge = b'{"data": [{"id": "' + b"x" * 2_000_000 + b'"}]}'
    deep = b'{"data": ' + b"[" * 100_000

    assert (await found_of(transport, {"/v1/models": (200, huge)}))[0] == []
    assert (await found_of(transport, {"/v1/models": (200, deep)}))[0] == []


async def test_nobody_there_and_one_that_never_answers(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SECONDS", 0.2)
    never = asyncio.Event()
    asked = 0

    async def silent(reader: Any, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await never.wait()
        writer.close()

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            places = [
                Place("127.0.0.1", taken.getsockname()[1]),
                Place("127.0.0.1", server.sockets[0].getsockname()[1]),
            ]
            found = await look([*places, Place("no-such-host.invalid", 1)], load_catalog().values(), transport)
            never.set()

    assert found == []
    assert asked > 1, "it listens, so it was asked everything"


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "224.0.0.1"])
async def test_no_metadata_service_is_ever_asked(transport: Transport, host: str) -> None:
    assert await look([Place(host, 80)], load_catalog().values(), transport) == []
