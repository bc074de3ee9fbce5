"""The clients that others would use, on the same stream as our adapters and beside a floor of the same minutes.

Each runs in a virtual environment of its own (``scripts.run_peers``); one that cannot be installed is named as skipped.
"""

import asyncio
import json
import statistics
import subprocess
from pathlib import Path
from typing import Any

from scripts.install import Missing
from scripts.run_peers import FOLDER, install
from tests.bench.adapters import spent, upstream
from tests.bench.floor import floor

PEERS = {"openai": "langchain", "langchain": "langchain", "litellm": "litellm"}
"""The client, and the lock in requirements/ that it comes from."""
WAYS = {"burst": (5, 1000, 0.0), "paced": (20, 100, 0.02)}
"""As in ``adapters.WAYS``, less of it: these take up to a hundred times as long."""
PROTOCOL = "openai_chat"
SECONDS = 600
ENVIRONMENT = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
"""It would fetch a list of prices from the network otherwise."""


def measure(rounds: int = 3) -> dict[str, Any]:
    """``{client: {"burst": {...}, "paced": {...}}}``, or ``{client: {"skipped": why}}``."""
    with upstream() as port:
        return {name: _client(name, lock, port, rounds) for name, lock in PEERS.items()}


def _client(name: str, lock: str, port: int, rounds: int) -> dict[str, Any]:
    try:
        install(lock)
    except Missing as error:
        return {"skipped": f"requirements/{lock}.txt cannot be installed: {str(error).strip().splitlines()[-1]}"}
    return {way: _way(name, FOLDER / lock, port, way, rounds) for way in WAYS}


def _way(name: str, home: Path, port: int, way: str, rounds: int) -> dict[str, float]:
    streams, events, pause = WAYS[way]
    path = f"/{PROTOCOL}/{events}/{pause}"
    low = statistics.median(_floor(port, path, streams, events) for _ in range(rounds))
    script = Path(__file__).with_name("peer_client.py")
    command = [home / "bin" / "python", script, name, f"http://127.0.0.1:{port}{path}", streams, events, rounds]
    # Nothing of our environment, proxies and keys least of all, is passed on.
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
    high = statistics.median(json.loads(done.stdout.splitlines()[-1]))
    return {"floor_ms": round(low, 2), "theirs_ms": round(high, 2), "ratio": round(high / low, 2)}


def _floor(port: int, path: str, streams: int, events: int) -> float:
    return asyncio.run(spent(lambda: floor(port, PROTOCOL, path), streams, events, events))
