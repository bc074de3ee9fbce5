"""Calling through the real client in tests: a target for a fake provider, and everything a call yields."""

from contextlib import aclosing
from typing import Any

from providers.adapters import get_adapter
from providers.client import ChatClient
from providers.contract.errors import ProviderError
from providers.contract.events import ClientEvent, Delta
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.transport.http import Transport
from providers.transport.origin import origin_of
from tests.fakes.provider_server import FakeProvider

KEY = "sk-canary-7f3a9b2c4d5e6f708192a3b4c5d6e7f8"


def target_for(url: str, **changes: Any) -> Target:
    """A target at ``url`` whose key is bound to it and whose private address is allowed."""
    spec = ProviderSpec(slug="fake", name="Fake", base_url=url, auth=changes.pop("auth", Auth()))
    values: dict[str, Any] = {
        "spec": changes.pop("spec", spec),
        "adapter": get_adapter("openai_chat"),
        "base_url": url,
        "model_id": "fake-1",
        "credential": Secret(KEY),
        "origins": frozenset({origin_of(url)}),
        "allow_private": True,
        **changes,
    }
    return Target(**values)


def request(text: str = "hi", *, stream: bool = True, **params: Any) -> ChatRequest:
    """A minimal request; no retries unless asked for."""
    chosen = Params(**{"max_retries": 0, **params})
    return ChatRequest(model_id="fake-1", messages=(Message.of_text("user", text),), params=chosen, stream=stream)


class Call:
    """What a call yielded: its events, then its error if it failed."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []
        self.error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, Delta) and event.kind == "text")

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def code(self) -> str | None:
        return self.error.code if self.error else None


async def ask(
    transport: Transport, provider: FakeProvider, *, params: dict[str, Any] | None = None, **limits: Any
) -> Call:
    """A minimal call to a fake provider, to its end."""
    return await call(transport, target_for(provider.base_url), request(**(params or {})), **limits)


async def call(transport: Transport, target: Target, asked: ChatRequest | None = None, **limits: Any) -> Call:
    """Make the call to its end, whatever that is."""
    result = Call()
    bounds: dict[str, Any] = {"first_byte": 20, "idle": 20, "total": 60, "output_limit": 100_000, **limits}
    client = ChatClient(target, transport, **bounds)
    try:
        async with aclosing(client.stream(asked or request())) as events:
            async for event in events:
                result.events.append(event)
    except ProviderError as error:
        result.error = error
    return result
