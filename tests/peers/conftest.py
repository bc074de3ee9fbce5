"""Other people's servers: LiteLLM's proxy in front of a scripted upstream, and llama.cpp's with a model of our own."""

import json
import os
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.until import wait_until
from tests.fakes.fixtures import transport as transport
from tests.fakes.threaded import ThreadedProvider
from tests.peers.tiny_model import CONTEXT, write_model

FOLDER = os.environ.get("PEERS_FOLDER", "")
collect_ignore_glob = [] if FOLDER else ["test_*.py"]
"""They are no part of ``make test``: their packages weigh a gigabyte."""
KEY = "sk-peer-0123456789"
START_SECONDS = 120
ROUTES = ("deepseek", "hosted_vllm")
"""Two of its own providers: which of them it translates for, and which it hands on as they are, differs by protocol."""


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@pytest.fixture(scope="session")
def upstream() -> Iterator[ThreadedProvider]:
    with ThreadedProvider() as provider:
        yield provider


@pytest.fixture(scope="session")
def litellm(upstream: ThreadedProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root URL of a running proxy; its models ``ROUTES`` are asked of ``upstream``."""
    folder = tmp_path_factory.mktemp("litellm")
    port = free_port()
    common = {"api_base": upstream.provider.base_url, "api_key": "none", "max_retries": 0}
    config = {
        "model_list": [
            {"model_name": name, "litellm_params": {"model": f"{name}/model-1", **common}} for name in ROUTES
        ],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False, "num_retries": 0},
        "router_settings": {"disable_cooldowns": True, "num_retries": 0},
    }
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    command = [_program("litellm", "litellm"), "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with _running(command, folder, f"http://127.0.0.1:{port}/health/liveliness", LITELLM_LOCAL_MODEL_COST_MAP="True"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The root URL of llama.cpp's server with a tiny model of random numbers, which it calls ``tiny``."""
    folder = tmp_path_factory.mktemp("llama")
    write_model(folder / "tiny.gguf")
    port = free_port()
    command = [_program("llama", "python"), "-m", "llama_cpp.server", "--model", "tiny.gguf", "--model_alias", "tiny"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--n_ctx", str(CONTEXT), "--logits_all", "true"]
    with _running([*command, "--n_threads", "1"], folder, f"http://127.0.0.1:{port}/v1/models"):
        yield f"http://127.0.0.1:{port}"


def _program(peer: str, name: str) -> str:
    path = Path(FOLDER, peer, "bin", name)
    if not path.exists():
        pytest.skip(f"{peer} is not installed in {FOLDER}: make test-peers installs it")
    return str(path)


@contextmanager
def _running(command: list[str], folder: Path, alive: str, **environment: str) -> Iterator[None]:
    known = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**known, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _until_alive(process, alive, folder / "log")
            yield
        finally:
            process.terminate()
            process.wait(20)


def _until_alive(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    def settled() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return process.poll() is not None

    wait_until(settled, START_SECONDS, 0.2)
    if process.poll() is not None:
        pytest.fail(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
