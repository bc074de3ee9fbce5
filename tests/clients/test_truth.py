"""Runs are compared with what the simulated provider really sent."""

from typing import Any

import aiohttp
import pytest

from compare_site import demo
from tests.clients.picture import ContractBroken
from tests.clients.truth import check_all, check_truth


async def _answered(http: aiohttp.ClientSession, server: demo.DemoServer, model: str) -> dict[str, Any]:
    """A run as the API would show it."""
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
    async with http.post(f"{server.base_url}/chat/completions", json=body) as response:
        answer = await response.json()
    message = answer["choices"][0]["message"]
    blocks = [("reasoning", message.get("reasoning_content")), ("text", message["content"])]
    return {
        "id": "r",
        "status": "finished",
        "response_id": answer["id"],
        "hops": [{"base_url": server.base_url}],
        "content": [{"index": n, "kind": kind, "text": text} for n, (kind, text) in enumerate(blocks) if text],
    }


async def test_what_was_sent_passes_and_every_changed_character_is_noticed() -> None:
    server = await demo.serve()
    async with aiohttp.ClientSession() as http:
        run = await _answered(http, server, "thinker@rate=0,delay=0,unicode=2")
        for block in run["content"]:
            block["text"] = block["text"].replace("\x00", "\ufffd")
        text = run["content"][-1]["text"]
        assert (await check_truth(http, run))["finished"]
        run["content"][-1]["text"] = text[:50]
        assert await check_truth(http, {**run, "status": "cancelled"})

        for wrong in (text[:-1], text + "x", text.replace("a", "b", 1), text[:60] + text[61:], text[:60] + text[59:]):
            run["content"][-1]["text"] = wrong
            with pytest.raises(ContractBroken):
                await check_truth(http, run)
        run["content"][-1]["text"] = text
        run["content"][0]["text"] += "x"
        with pytest.raises(ContractBroken):
            await check_truth(http, run)
    await server.close()


async def test_two_runs_never_show_one_answer_nor_each_others() -> None:
    server = await demo.serve()
    async with aiohttp.ClientSession() as http:
        one, two = [await _answered(http, server, "fast@rate=0,delay=0") for _ in range(2)]
        assert len(await check_all(http, [one, two, {"id": "no answer", "response_id": None}])) == 2

        with pytest.raises(ContractBroken):
            await check_all(http, [one, one])
        one["content"], two["content"] = two["content"], one["content"]
        with pytest.raises(ContractBroken):
            await check_all(http, [one, two])
    await server.close()
