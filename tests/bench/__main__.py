"""``make bench``: the way of a token, measured on this machine; a table, then JSON. Slow machines and other work show
in the references, which are measured in the same run.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.browser import WHOLE, executable, install
from tests.bench import adapters, browser, peers, starting, streams
from tests.bench.figures import machine
from tests.bench.upstream import Upstream
from tests.bench.wire import SHAPES
from tests.clients.api_client import Api
from tests.stack import Stack

PARTS = ("streams", "first_tokens", "browser", "rendering", "adapters", "peers", "start")
TARGETS = {
    "streams.to_sockets.p50": ("provider -> socket client, p50 ms", "3.6"),
    "streams.to_sockets.p99": ("provider -> socket client, p99 ms", "21"),
    "streams.to_journal.p50": ("provider -> journal, p50 ms", ""),
    "streams.to_journal.p99": ("provider -> journal, p99 ms", ""),
    "streams.reference.p50": ("  bare sockets and one stream, p50 ms", "reference"),
    "streams.reference.p99": ("  bare sockets and one stream, p99 ms", "reference"),
    "streams.to_sockets.lost": ("tokens lost on the way", "0"),
    "browser.painted_16x20.p50": ("provider -> painted, p50 ms", ""),
    "browser.painted_16x20.p95": ("provider -> painted, p95 ms", "60"),
    "first_tokens.8.answered": ("8 columns: POST answered, ms", "9"),
    "first_tokens.8.last_request": ("8 columns: last upstream request, ms", "18"),
    "first_tokens.8.all_first_tokens": ("8 columns: all first tokens, ms", "20"),
    "first_tokens.32.answered": ("32 columns: POST answered, ms", "13"),
    "first_tokens.32.last_request": ("32 columns: last upstream request, ms", "23"),
    "first_tokens.32.all_first_tokens": ("32 columns: all first tokens, ms", "29"),
    "start.first_page_s": ("up -> first page, s", "1.6"),
    "start.first_token_s": ("up -> first token, s", "2.1"),
    "browser.page_12x80.task_ms_per_s": ("12 x 80 tok/s, page: main thread ms per s", ""),
    "browser.page_12x80.long_tasks": ("12 x 80 tok/s, page: long tasks", "0"),
    "rendering.answers.task_ms_per_s": ("12 x 80 tok/s, rendering alone: ms per s", ""),
    **{
        f"adapters.{protocol}.{way}.ratio": (f"CPU over a bare protocol, {words}: {protocol}", aim)
        for way, words, aim in (("burst", "burst", "2"), ("paced", "one at a time", "3"))
        for protocol in SHAPES
    },
    **{
        f"peers.{name}.{found}": (f"  the same of {name}{words}", "peer")
        for name in peers.PEERS
        for found, words in (("burst.ratio", ", burst"), ("paced.ratio", ", one at a time"), ("skipped", ": skipped"))
    },
    f"rendering.{browser.REFERENCE}.task_ms_per_s": ("  whole text anew each 100 ms: ms per s", "reference"),
}


def on_stack(chosen: set[str], seconds: float) -> dict[str, Any]:
    """What needs a running site."""
    found: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="ts-bench-") as folder,
        Upstream() as upstream,
        Stack(Path(folder), environment={"LOG_LEVEL": "WARNING"}) as stack,
    ):
        address = ("--base-url", upstream.url)
        stack.manage("add_provider", "measured", "--protocol", "openai_chat", *address, "--model", "paced")
        redis_url = f"unix://{folder}/data/run/valkey.sock"
        token = stack.token("measure")
        if "first_tokens" in chosen:
            found["first_tokens"] = asyncio.run(_first_tokens(stack.url, token, upstream.url))
        if "streams" in chosen:
            found["streams"] = asyncio.run(_streams(stack.url, token, redis_url, upstream.url, seconds))
        if "browser" in chosen:
            found["browser"] = browser.measure(stack, seconds)
    return found


async def _first_tokens(url: str, token: str, upstream: str) -> dict[str, Any]:
    async with Api(url, token) as api:
        return {str(columns): await starting.first_tokens(api, upstream, columns) for columns in (8, 32)}


async def _streams(url: str, token: str, redis_url: str, upstream: str, seconds: float) -> dict[str, Any]:
    async with Api(url, token) as api:
        return {
            "reference": await streams.reference(redis_url, upstream, seconds),
            "to_journal": await streams.to_journal(api, redis_url, seconds),
            "to_sockets": await streams.to_sockets(api, seconds),
        }


def look_up(found: dict[str, Any], path: str) -> Any:
    """The figure at ``a.b.c``, None if it was not measured."""
    value: Any = found
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def table(found: dict[str, Any]) -> str:
    """Figure, what was measured, and the target or the prototype's figure."""
    rows = [(words, look_up(found, path), aim) for path, (words, aim) in TARGETS.items()]
    lines = [f"{words:52}{value!s:>10}{aim:>12}" for words, value, aim in rows if value is not None]
    return "\n".join([f"{'figure':52}{'measured':>10}{'target':>12}", *lines])


def main() -> int:
    """How many parts failed; what the others measured is printed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="can be repeated")
    parser.add_argument("--without-peers", action="store_true", help="leave out what has to be installed apart")
    parser.add_argument("--seconds", type=float, default=10, help="length of the streams")
    arguments = parser.parse_args()
    chosen = set(arguments.only or PARTS)
    if arguments.without_peers:
        chosen.discard("peers")
    found: dict[str, Any] = {"machine": machine()}
    alone: dict[str, Callable[[], Any]] = {
        "start": starting.from_nothing,
        "adapters": adapters.measure,
        "peers": peers.measure,
        "rendering": browser.rendering,
    }
    if chosen & {"browser", "rendering"}:
        install()
        found["browser_used"] = executable(*WHOLE)
    failed = []
    for name, measure in alone.items():
        if name in chosen:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                found[name] = measure()
            except Exception:
                # What takes minutes must not be lost with what comes after it.
                traceback.print_exc()
                failed.append(name)
    if chosen - set(alone):
        print("on a running site ...", file=sys.stderr, flush=True)
        try:
            found |= on_stack(chosen, arguments.seconds)
        except Exception:
            traceback.print_exc()
            failed += sorted(chosen - set(alone))
    found["machine_after"] = machine()
    print(table(found))
    print(json.dumps(found, indent=2))
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
