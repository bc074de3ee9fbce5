"""What CONTRIBUTING promises: a provider is one TOML file, a protocol one module; nothing else has to know of them."""

import re
from pathlib import Path
from typing import Any

import pytest

from providers import adapters
from providers.client import ChatClient
from providers.contract.events import Delta
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.contract.spec import Auth, ProviderSpec
from providers.models import Endpoint
from providers.resolve import list_models, resolve
from providers.transport.http import Transport
from tests.architecture.test_budgets import ROOT
from tests.fakes.provider_server import FakeProvider, Reply
from tests.providers.account_fixtures import publish

KEY = "acme-key-0123456789abcdef"
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[0]
MODULE = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[0]


@pytest.mark.django_db
def test_a_provider_is_one_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    publish(monkeypatch, tmp_path, TOML, "acme")
    monkeypatch.setenv("ACME_API_KEY", KEY)

    target = resolve("acme/acme-large")

    assert len(TOML.strip().splitlines()) <= 20
    assert target.base_url == "https://api.acme.example/v1"
    assert target.credential is not None
    assert target.credential.reveal() == KEY
    (listed,) = (each for each in list_models(frozenset({"ACME_API_KEY"})) if each.provider == "acme")
    assert (listed.available, listed.capabilities["tools"]) == (True, True)


@pytest.fixture
def _acme_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The module of the guide in a folder of its own, beside the adapters."""
    (tmp_path / "acme_lines.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(adapters, "__path__", [*adapters.__path__, str(tmp_path)])
    adapters.protocols.cache_clear()
    yield
    monkeypatch.undo()
    adapters.protocols.cache_clear()


async def _answers(reply: Reply) -> None:
    await reply.head(headers={"content-type": "application/x-ndjson"})
    await reply.send(b'{"say": "Hel"}\n{"say": "lo"}\n{"done": true}\n')
    await reply.end()


@pytest.mark.usefixtures("_acme_lines")
async def test_a_protocol_is_one_module(transport: Transport, provider: FakeProvider) -> None:
    assert "acme_lines" in adapters.protocols()
    provider.play(_answers)
    target = _target(provider)
    client = ChatClient(target, transport, first_byte=10, idle=10, total=20, output_limit=1000)

    request = ChatRequest(model_id="acme-large", messages=(Message.of_text("user", "hi"),))
    said = [event.text async for event in client.stream(request) if isinstance(event, Delta)]

    assert said == ["Hel", "lo"]
    assert provider.requests[0].path == "/v1/say"
    assert provider.requests[0].json == {"model": "acme-large", "text": "hi"}


def _target(provider: FakeProvider) -> Target:
    spec = ProviderSpec(slug="acme", name="Acme", base_url=provider.base_url, auth=Auth(kind="none"))
    adapter = adapters.get_adapter("acme_lines")
    origin = Endpoint(base_url=provider.base_url).origin
    return Target(spec, adapter, provider.base_url, "acme-large", None, frozenset({origin}), allow_private=True)
