"""How soon things begin: the first tokens after a prompt was sent, the first page and token after ``manage.py up``."""

import asyncio
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.clients.api_client import Api
from tests.clients.picture import shown
from tests.clients.socket_client import Viewer
from tests.clients.until import wait_until
from tests.stack import ROOT, START_SECONDS, Stack, collect

ROUNDS, WARM_UP = 7, 2


async def first_tokens(api: Api, upstream: str, columns: int) -> dict[str, float]:
    """ms from the POST: answered, last request at the provider, text of every column at a socket. Medians."""
    rows = [await _one_prompt(api, upstream, columns) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
    names = ("answered", "last_request", "all_first_tokens")
    return {
        name: round(statistics.median(values), 1) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }


async def _one_prompt(api: Api, upstream: str, columns: int) -> tuple[float, float, float]:
    await _asked(api, upstream)
    start = time.monotonic_ns()
    made = await api.create("Begin", [f"measured/paced@rate=10,tokens=10,number={n}" for n in range(columns)])
    answered = time.monotonic_ns()
    viewer = Viewer(api.socket_url(made["id"]), api.http, api.headers)
    await viewer.connect()
    while sum(map(shown, viewer.picture.runs.values())) < columns:
        await viewer.frame()
    seen = time.monotonic_ns()
    await viewer.until_final()
    await viewer.disconnect()
    last = max(await _asked(api, upstream))
    return (answered - start) / 1e6, (last - start) / 1e6, (seen - start) / 1e6


async def _asked(api: Api, upstream: str) -> list[int]:
    async with api.http.get(f"{upstream.removesuffix('/v1')}/asked") as answer:
        return list(json.loads(await answer.read()))


def from_nothing() -> dict[str, float]:
    """Seconds from ``manage.py up`` on an empty folder to the first page and to the first token of an answer."""
    collect()
    folder = Path(tempfile.mkdtemp(prefix="ts-bench-"))
    (folder / "data").mkdir(mode=0o700)
    environment = Stack(folder).environment()
    port = _free_port()
    start = time.monotonic()
    with (folder / "out").open("wb") as out:
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.DEVNULL)
    try:
        page, token = asyncio.run(_first_page_and_token(f"http://127.0.0.1:{port}", folder / "out"))
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    return {"first_page_s": round(page - start, 2), "first_token_s": round(token - start, 2)}


async def _first_page_and_token(url: str, out: Path) -> tuple[float, float]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        await _page(http, f"{url}/accounts/sign-in/")
        page = time.monotonic()
        link = await asyncio.to_thread(wait_until, lambda: _link(out), START_SECONDS)
        await _sign_in(http, link)
        headers = {"X-CSRFToken": jar.filter_cookies(url)["touchstone_csrf"].value}  # type: ignore[arg-type]
        body = {"prompt": "First", "models": ["demo/fast@delay=0,tokens=20"]}
        async with http.post(f"{url}/api/v1/comparisons", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            made = await answer.json()
        viewer = Viewer(made["ws_url"], http, {"Origin": url})
        await viewer.connect()
        while not any(map(shown, viewer.picture.runs.values())):
            await viewer.frame()
        token = time.monotonic()
        await viewer.disconnect()
    return page, token


async def _page(http: aiohttp.ClientSession, url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            async with http.get(url) as answer:
                if answer.status == 200 and await answer.read():
                    return
        except aiohttp.ClientError:
            await asyncio.sleep(0.01)
    raise TimeoutError(f"{url} did not answer")


def _link(out: Path) -> str:
    found = re.search(r"(http://\S+/accounts/link/\S+)", out.read_text())
    return found[1] if found else ""


async def _sign_in(http: aiohttp.ClientSession, link: str) -> None:
    async with http.get(link) as answer:
        form = await answer.text()
    hidden = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert hidden is not None, "no form behind the sign-in link"
    parts = urlsplit(link)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
    async with http.post(link, data={"csrfmiddlewaretoken": hidden[1]}, headers=headers) as answer:
        assert answer.status == 200, answer.status


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
