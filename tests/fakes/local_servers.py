"""Listeners that answer to GET as model servers do that people run themselves; each keeps what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

from providers import discovery

Answer = tuple[int, Any]
Answers = Mapping[str, Answer]


def listed(*ids: str, owner: str = "someone") -> Answer:
    return 200, {"object": "list", "data": [{"id": name, "object": "model", "owned_by": owner} for name in ids]}


SERVERS: dict[str, Answers] = {
    "ollama": {
        "/api/version": (200, {"version": "0.12.6"}),
        "/api/tags": (200, {"models": [{"name": "qwen3:8b", "model": "qwen3:8b"}]}),
        "/v1/models": listed("qwen3:8b", owner="library"),
    },
    "llama-cpp": {
        "/props": (200, {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 4, "build_info": "b8681-x"}),
        "/health": (200, {"status": "ok"}),
        "/v1/models": listed("unsloth/Qwen3-GGUF", owner="llamacpp"),
    },
    "vllm": {"/version": (200, {"version": "0.33.0"}), "/v1/models": listed("Qwen/Qwen3-8B", owner="vllm")},
    "lm-studio": {
        "/api/v0/models": (200, {"object": "list", "data": [{"id": "gemma-3", "type": "llm", "state": "loaded"}]}),
        "/v1/models": listed("gemma-3", owner="organization_owner"),
    },
    "xinference": {"/v1/cluster/auth": (200, {"auth": False}), "/v1/models": listed("my-qwen", owner="xinference")},
    "tgi": {
        "/info": (200, {"model_id": "org/model", "max_concurrent_requests": 128, "version": "3.3.6"}),
        "/v1/models": listed("org/model", owner="org/model"),
    },
    "nim": {
        "/v1/metadata": (200, {"assetInfo": [], "modelInfo": [{"shortName": "x"}], "version": "2.0.1"}),
        "/version": (200, {"version": "0.33.0"}),
        "/v1/models": listed("meta/llama-3.1-8b-instruct", owner="vllm"),
    },
    "litellm-proxy": {
        "/health/liveliness": (200, "I'm alive!"),
        "/v1/models": (401, {"error": {"message": "No api key passed in."}}),
    },
}
"""Kind -> path -> what it answers; 404 for everything else."""
VERSIONS = {"ollama": "0.12.6", "llama-cpp": "b8681-x", "vllm": "0.33.0", "tgi": "3.3.6", "nim": "2.0.1"}


class LocalServer(ThreadingHTTPServer):
    """``answers``: path -> (status, JSON value, bytes, or a head of its own as a dict)."""

    daemon_threads = True
    request_queue_size = 64
    """All questions come at once: with the usual five places the system lets some of them wait for seconds."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.answers = dict(answers)
        self.asked: list[tuple[str, str]] = []
        self.headers: list[Mapping[str, str]] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that reads no further is what is tested here."""


class _Talk(BaseHTTPRequestHandler):
    server: LocalServer
    timeout = 5

    def do_GET(self) -> None:  # its base wants this name
        self.server.asked.append((self.command, self.path))
        self.server.headers.append(dict(self.headers))
        status, value = self.server.answers.get(self.path, (404, {"detail": "Not Found"}))
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", body.decode())
            body = b""
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def serving(answers: Answers) -> Iterator[LocalServer]:
    """One server for as long as the block lasts."""
    # A busy machine shall not look like a silent server.
    with LocalServer(answers) as server, patch.object(discovery, "SECONDS", 30.0):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
