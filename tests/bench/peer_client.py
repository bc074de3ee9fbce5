"""Other people's clients reading the bench's stream of Chat Completions. Runs in their virtual environments.

``python peer_client.py NAME URL STREAMS EVENTS ROUNDS`` prints the CPU milliseconds per 1,000 events of each round.
Knows nothing of this project: nothing of it is installed there.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from importlib import import_module
from typing import Any

MODEL = "bench-1"
MESSAGES = [{"role": "user", "content": "hi"}]


def openai(url: str) -> Callable[[], Any]:
    client = import_module("openai").AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=300)

    async def texts() -> AsyncIterator[str]:
        stream = await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
        async for chunk in stream:
            yield chunk.choices[0].delta.content or ""

    return texts


def langchain(url: str) -> Callable[[], Any]:
    made = import_module("langchain_openai").ChatOpenAI(model=MODEL, base_url=url, api_key="none", timeout=300)

    async def texts() -> AsyncIterator[str]:
        async for chunk in made.astream(MESSAGES):
            yield chunk.content

    return texts


def litellm(url: str) -> Callable[[], Any]:
    library = import_module("litellm")

    async def texts() -> AsyncIterator[str]:
        about = {"model": f"openai/{MODEL}", "api_base": url, "api_key": "none", "timeout": 300}
        async for chunk in await library.acompletion(messages=MESSAGES, stream=True, **about):
            yield chunk.choices[0].delta.content or ""

    return texts


CLIENTS = {"openai": openai, "langchain": langchain, "litellm": litellm}


async def measure(name: str, url: str, streams: int, events: int, rounds: int) -> list[float]:
    """One round more than asked for: the first one loads what is loaded late."""
    texts = CLIENTS[name](url)

    async def one() -> int:
        return sum([text != "" async for text in texts()])

    figures = []
    for _ in range(rounds + 1):
        before = time.process_time()
        counts = await asyncio.gather(*(one() for _ in range(streams)))
        figures.append((time.process_time() - before) / (streams * events) * 1e6)
        if counts != [events] * streams:
            raise RuntimeError(f"events were lost: {counts}")
    return figures[1:]


if __name__ == "__main__":
    name, url, *numbers = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(measure(name, url, *map(int, numbers)))) + "\n")
