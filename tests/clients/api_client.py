"""The HTTP API as a script uses it: a bearer token and JSON. Every answer's status is checked."""

import asyncio
import json
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import aiohttp

from tests.clients.picture import FINAL

Model = str | dict[str, Any]


class ApiError(AssertionError):
    """The API answered with an error, or with another status than was expected."""

    def __init__(self, method: str, path: str, status: int, body: Any) -> None:
        super().__init__(f"{method} {path} -> {status}: {str(body)[:500]}")
        self.status = status
        self.body = body

    @property
    def code(self) -> str:
        """The stable code of the error."""
        return str(self.body["error"]["code"]) if isinstance(self.body, dict) and "error" in self.body else ""


class Api:
    """One caller. Without a token it is nobody, or whoever ``headers`` name (Cookie, X-CSRFToken, Origin)."""

    def __init__(self, base: str, token: str | None = None, headers: dict[str, str] | None = None) -> None:
        self.base = base.rstrip("/")
        self.headers = dict(headers or {})
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        self.http: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        self.http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.http.close()

    async def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and parsed body, whatever they are. ``body``: JSON, or bytes as they are."""
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        url = f"{self.base}{path}"
        everything = {**self.headers, **(headers or {})}
        async with self.http.request(method, url, headers=everything, allow_redirects=False, **sent) as response:
            content = await response.read()
        try:
            return response.status, json.loads(content) if content else None
        except ValueError:
            return response.status, content

    async def call(self, method: str, path: str, body: Any = None, *, expect: int = 200, **headers: str) -> Any:
        """The body of an answer with the status ``expect``. Raises ApiError."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answer = await self.raw(method, f"/api/v1{path}", body, named)
        if status != expect:
            raise ApiError(method, path, status, answer)
        return answer

    async def models(self) -> list[dict[str, Any]]:
        """The chat models one may choose from."""
        return list(await self.call("GET", "/models"))

    async def create(self, prompt: str, models: Sequence[Model], key: str | None = None, **more: Any) -> dict[str, Any]:
        """Start a comparison: {"id", "url", "ws_url", "state"}."""
        headers = {"Idempotency_Key": key} if key is not None else {}
        body = {"prompt": prompt, "models": list(models), **more}
        return dict(await self.call("POST", "/comparisons", body, expect=201, **headers))

    async def comparison(self, comparison_id: str) -> dict[str, Any]:
        """The whole state."""
        return dict(await self.call("GET", f"/comparisons/{comparison_id}"))

    async def history(self, **query: str) -> dict[str, Any]:
        """{"items", "next"}; q, tag, model, cursor."""
        return dict(await self.call("GET", f"/comparisons?{urlencode(query)}"))

    async def turn(self, comparison_id: str, prompt: str, **more: Any) -> dict[str, Any]:
        """A follow-up: {"id", "runs"}."""
        return dict(
            await self.call("POST", f"/comparisons/{comparison_id}/turns", {"prompt": prompt, **more}, expect=201)
        )

    async def cancel(self, comparison_id: str) -> Any:
        """Stop everything that runs."""
        return await self.call("POST", f"/comparisons/{comparison_id}/cancel")

    async def cancel_run(self, run_id: str) -> dict[str, Any]:
        """Stop one run."""
        return dict(await self.call("POST", f"/runs/{run_id}/cancel"))

    async def rerun(self, run_id: str, branch: bool | None = None) -> dict[str, Any]:
        """The same question again: the new run."""
        body = None if branch is None else {"branch": branch}
        return dict(await self.call("POST", f"/runs/{run_id}/rerun", body, expect=201))

    async def delete(self, comparison_id: str) -> None:
        """Stop and delete a comparison."""
        await self.call("DELETE", f"/comparisons/{comparison_id}", expect=204)

    async def share(self, comparison_id: str, **more: Any) -> dict[str, Any]:
        """A new share link, with its address."""
        return dict(await self.call("POST", f"/comparisons/{comparison_id}/shares", more, expect=201))

    async def shares(self, comparison_id: str) -> list[dict[str, Any]]:
        """The share links of a comparison."""
        return list((await self.call("GET", f"/comparisons/{comparison_id}/shares"))["items"])

    async def revoke(self, share_id: str) -> None:
        """End a share link."""
        await self.call("DELETE", f"/shares/{share_id}", expect=204)

    async def final(self, comparison_id: str, seconds: float = 60) -> dict[str, Any]:
        """The state when every run has ended, by asking again and again."""
        deadline = time.monotonic() + seconds
        while True:
            state = await self.comparison(comparison_id)
            if state["runs"] and all(run["status"] in FINAL for run in state["runs"]):
                return state
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {[run['status'] for run in state['runs']]}")
            await asyncio.sleep(0.1)

    def socket_url(self, comparison_id: str) -> str:
        """The address of the comparison's socket."""
        parts = urlsplit(self.base)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return f"{scheme}://{parts.netloc}/ws/comparisons/{quote(comparison_id)}/"
