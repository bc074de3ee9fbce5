"""Replay recorded provider answers through transport, adapter and fold over a real socket, one result line each.

The command serves the recordings itself on the loopback address, asks for each as a run would, and writes what a
viewer would have got. Formats: ``CONTRIBUTING.md``, "Recordings".
"""

import argparse
import asyncio
import base64
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from django.core.management.base import BaseCommand, CommandError

from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold, fold_run
from providers.adapters import get_adapter, protocols
from providers.catalog import load_catalog
from providers.client import ChatClient
from providers.contract import events as pe
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.transport.http import Transport
from providers.transport.origin import origin_of

CUT = 173
"""Bytes a piece where no sizes were recorded: falls into the middle of characters and lines."""
MOST_AT_RANDOM = 4000
CUTS = ("recorded", "whole", "random")
UNSENT = frozenset({"content-length", "transfer-encoding", "content-encoding", "connection", "date", "set-cookie"})
AT_ONCE = 8
SECONDS = 300.0
"""Megabytes come byte by byte if one asks for that."""


class Command(BaseCommand):
    help = "Replay recorded provider answers and write one result line for each."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder with exchanges/<id>.json")
        parser.add_argument("--out", type=Path, required=True, help="where the result lines go")
        parser.add_argument("--cut", default="recorded", help="recorded, whole, random, or bytes a piece")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        cut: str = options["cut"]
        if cut not in CUTS and not (cut.isdecimal() and int(cut)):
            raise CommandError(f"--cut is one of {', '.join(CUTS)}, or a number of bytes.")
        files = sorted((folder / "exchanges").glob("*.json"))
        if not files:
            raise CommandError(f"{folder} holds no exchanges/*.json.")
        exchanges = [json.loads(path.read_text(encoding="utf-8")) for path in files]
        spoken = [exchange for exchange in exchanges if _protocol(exchange) in protocols()]
        lines = asyncio.run(replay(spoken, cut))
        options["out"].write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        skipped = len(exchanges) - len(spoken)
        self.stdout.write(f"{len(lines)} replayed, {skipped} skipped (protocols without an adapter here)")


def _protocol(exchange: Mapping[str, Any]) -> str:
    return str(exchange["protocol"]).replace("-", "_")


async def replay(exchanges: list[dict[str, Any]], cut: str = "recorded") -> list[dict[str, Any]]:
    """The result lines, in the order given. ``cut``: into which pieces the bodies come."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    by_id = {exchange["id"]: exchange for exchange in exchanges}

    async def answer(request: web.Request) -> web.StreamResponse:
        return await _serve(request, by_id[request.match_info["id"]], cut)

    app.router.add_route("*", "/{id}/{tail:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    transport = Transport()
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(exchange: dict[str, Any]) -> dict[str, Any]:
        async with turns:
            return await _ask(exchange, transport, f"http://127.0.0.1:{port}/{exchange['id']}")

    try:
        return list(await asyncio.gather(*(one(exchange) for exchange in exchanges)))
    finally:
        await transport.aclose()
        await runner.cleanup()


async def _serve(request: web.Request, exchange: Mapping[str, Any], cut: str) -> web.StreamResponse:
    """The recorded status, headers and body, in pieces."""
    recorded = exchange["response"]
    body = _body(recorded)
    headers = {name: str(value) for name, value in recorded["headers"].items() if name.lower() not in UNSENT}
    headers.setdefault("content-type", "text/event-stream" if body[:1] in b"de:" else "application/json")
    response = web.StreamResponse(status=recorded["status"], headers=headers)
    await response.prepare(request)
    sizes = _sizes(cut, len(body), recorded.get("chunk_sizes"))
    with suppress(ConnectionResetError):  # whoever has seen the end leaves
        for piece in _pieces(body, sizes):
            await response.write(piece)
            await asyncio.sleep(0)
        await response.write_eof()
    return response


def _body(recorded: Mapping[str, Any]) -> bytes:
    if recorded.get("body_base64") is not None:
        return base64.b64decode(recorded["body_base64"])
    return str(recorded.get("body") or "").encode("utf-8", "surrogatepass")


def _sizes(cut: str, length: int, recorded: list[int] | None) -> Iterator[int]:
    """Of the pieces, for as long as anybody asks."""
    if cut == "recorded":
        yield from recorded or ()
    while cut == "random":
        yield random.randint(1, MOST_AT_RANDOM)  # noqa: S311 - how bytes are cut is no secret
    size = max(1, length) if cut == "whole" else CUT if cut == "recorded" else int(cut)
    while True:
        yield size


def _pieces(body: bytes, sizes: Iterator[int]) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        end = start + next(sizes)
        if end > start:
            yield body[start:end]
        start = end


def _target(exchange: Mapping[str, Any], url: str) -> Target:
    name = str(exchange["provider"])
    known = {slug.replace("-", ""): spec for slug, spec in load_catalog().items()}
    protocol: Any = _protocol(exchange)
    spec = known.get(name.replace("-", ""))
    if spec is None or spec.protocol != protocol:
        spec = ProviderSpec(slug=name, name=name, base_url=url, protocol=protocol)
    return Target(
        spec=spec.model_copy(update={"auth": Auth()}),
        adapter=get_adapter(protocol),
        base_url=url,
        model_id=exchange.get("requested_model") or "recorded",
        credential=Secret("replayed"),
        origins=frozenset({origin_of(url)}),
        allow_private=True,
    )


async def _ask(exchange: Mapping[str, Any], transport: Transport, url: str) -> dict[str, Any]:
    """One exchange as a run: its events folded, its end written like the runner writes it."""
    target = _target(exchange, url)
    asked = (exchange.get("request") or {}).get("json")
    request = ChatRequest(
        model_id=target.model_id,
        messages=(Message.of_text("user", "replay"),),
        params=Params(max_retries=0),
        stream=isinstance(asked, dict) and asked.get("stream") is True,
    )
    client = ChatClient(target, transport, first_byte=SECONDS, idle=SECONDS, total=SECONDS, output_limit=4_194_304)
    fold = RunFold(id=str(exchange["id"]))
    finish: pe.Finished | None = None
    end: ev.RunEnded
    try:
        async with aclosing(client.stream(request)) as events:
            async for event in events:
                if isinstance(event, pe.Finished):
                    finish = event
                elif (said := _run_event(fold, event)) is not None:
                    fold = fold_run(fold, said)
        end = ev.RunFinished(run=fold.id, finish_reason=finish.reason if finish else None)
    except ProviderError as error:
        end = ev.RunFailed(run=fold.id, error=error.as_dict())
    return _line(fold_run(fold, end))


def _run_event(fold: RunFold, event: pe.ClientEvent) -> ev.RunEvent | None:
    run = fold.id
    match event:
        case pe.Delta():
            return ev.RunDelta(run=run, index=event.index, kind=event.kind, text=event.text, at=0)
        case pe.BlockOpened():
            said = {"index": event.index, "id": event.id, "name": event.name, "data": event.data}
            if any(block.index == event.index for block in fold.content):
                return ev.RunBlockData(run=run, **said)
            return ev.RunBlock(run=run, kind=event.kind, **said)
        case pe.UsageReported():
            return ev.RunUsage(run=run, usage=event.usage)
        case pe.ResponseInfo():
            named = {"response_id": event.response_id, "model": event.model}
            return ev.RunMeta(run=run, **{name: value for name, value in named.items() if value})
        case _:
            return None


def _line(fold: RunFold) -> dict[str, Any]:
    error = fold.error or {}
    return {
        "id": fold.id,
        "text": fold.text_of("text") or fold.text_of("refusal"),
        "reasoning": fold.text_of("reasoning") or None,
        "tool_calls": [
            {"id": block.id, "name": block.name, "arguments": _arguments(block.text)}
            for block in fold.content
            if block.kind == "tool_call"
        ],
        "finish_reason": fold.finish_reason,
        "usage": fold.usage.model_dump(exclude={"audio"}) if fold.usage else None,
        "citations": [(block.data or {}).get("url") for block in fold.content if block.kind == "citation"],
        "error": {name: error[name] for name in ("status", "message", "retryable", "retry_after")} if error else None,
        "response_id": fold.response_id,
        "model": fold.model,
    }


def _arguments(text: str) -> Any:
    """The value; a text that is none, and the text of none at all, as it came."""
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return text
    return text if value is None else value
