"""Comparing runs with what the simulated provider says it sent: the one source that is not the product."""

import asyncio
import hashlib
from typing import Any

import aiohttp

from tests.clients.picture import need, text_of


async def sent_of(http: aiohttp.ClientSession, run: dict[str, Any]) -> dict[str, Any]:
    """What the provider sent for ``run``, by the address of its last hop."""
    need(run.get("hops"), f"run {run['id']} has no hops")
    need(run.get("response_id"), f"run {run['id']} has no response id")
    root = run["hops"][-1]["base_url"].rstrip("/").removesuffix("/v1")
    async with http.get(f"{root}/_sent/{run['response_id']}") as response:
        need(response.status == 200, f"the provider does not know {run['response_id']} (HTTP {response.status})")
        return dict(await response.json())


async def check_truth(http: aiohttp.ClientSession, run: dict[str, Any]) -> dict[str, Any]:
    """Every character of an ended run was sent, in this order, and nothing that was sent is missing.

    A run that was stopped or interrupted may lack the end. Returns the provider's report.
    """
    report = await sent_of(http, run)
    text = text_of(run, "text")
    nonce = run["response_id"]
    need(text[: len(nonce)] == nonce[: len(text)], f"run {run['id']} begins with another answer's nonce")
    pairs = (("text", "text"), ("reasoning", "reasoning"), ("refusal", "refusal"), ("tool_call", "arguments"))
    for kind, name in pairs:
        mine, theirs = text_of(run, kind), report[name].replace("\x00", "\ufffd")  # U+0000 cannot be stored
        if is_whole(run):
            need(mine == theirs, f"{kind} of run {run['id']} is not what was sent: {difference(mine, theirs)}")
        else:
            need(theirs.startswith(mine), f"{kind} of run {run['id']} was never sent: {difference(mine, theirs)}")
    if run["status"] == "finished":
        digest = hashlib.sha256(text.encode()).hexdigest()
        need(digest == report["sha256"] or "\x00" in report["text"], f"digest of run {run['id']} differs")
    return report


def is_whole(run: dict[str, Any]) -> bool:
    """Whether everything that was sent must be there: the provider ended it, not we."""
    error = run.get("error") or {}
    return run["status"] in ("finished", "failed") and error.get("code") != "over_limit"


async def check_all(http: aiohttp.ClientSession, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``check_truth`` of every run that got an answer, and that no two share one."""
    answered = [run for run in runs if run.get("response_id")]
    ids = [run["response_id"] for run in answered]
    need(len(ids) == len(set(ids)), "two runs show the same answer")
    return list(await asyncio.gather(*(check_truth(http, run) for run in answered)))


def difference(mine: str, theirs: str) -> str:
    """Where two texts part."""
    at = next((i for i, (a, b) in enumerate(zip(mine, theirs, strict=False)) if a != b), min(len(mine), len(theirs)))
    return f"at {at} of {len(mine)}/{len(theirs)}: {mine[at : at + 20]!r} instead of {theirs[at : at + 20]!r}"
