"""Whoever calls the API in these tests: by bearer, by cookie, or as nobody. Runs are driven in this process."""

import json
from typing import Any

from django.test import Client

from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import runner
from compare_site.comparisons.models import Run

QUICK = "demo/fast@rate=0,tokens=12,delay=0"


class Caller:
    """Speaks JSON; every call gives status and body."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @classmethod
    def bearer(cls, user: Any) -> "Caller":
        """With a new token of ``user``."""
        return cls(Client(headers={"Authorization": f"Bearer {create_api_token(user, 'test')[1]}"}))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()} or None
        reply = self.client.generic(method, f"/api/v1/{path}", raw, content_type="application/json", headers=named)
        if reply.content and reply["content-type"].startswith("application/json"):
            return reply.status_code, json.loads(reply.content)
        return reply.status_code, reply.content or None

    def created(self, **body: Any) -> dict[str, Any]:
        """A new comparison."""
        status, answer = self("POST", "comparisons", {"prompt": "hello", "models": [QUICK], **body})
        assert status == 201, answer
        return dict(answer)


def drive() -> None:
    """As a worker does, until nothing is queued."""
    runner.stream_turn(list(Run.objects.filter(state="queued").values_list("pk", flat=True)))
