"""Looking for model servers from the command line."""

from typing import Any

import pytest
from django.core.management import CommandError

from providers.models import Provider
from tests.commands.run import run
from tests.fakes.local_servers import SERVERS, serving

pytestmark = pytest.mark.django_db


def test_what_is_found_can_be_added(settings: Any) -> None:
    with serving(SERVERS["vllm"]) as server, serving(SERVERS["litellm-proxy"]) as proxy:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port, proxy.port]
        output = run("discover")
        assert f"{server.place}  vLLM 0.33.0  Qwen/Qwen3-8B  (add it with: --add {server.place})" in output
        assert "LiteLLM proxy  asks for a key" in output
        assert not Provider.objects.filter(slug__startswith="vllm-").exists()

        assert f"vllm-{server.port}: 1 models added" in run("discover", "--add", server.place)
        assert f"(here as vllm-{server.port})" in run("discover")
        with pytest.raises(CommandError, match="DISCOVERY_HOSTS"):
            run("discover", "--add", "example.com:443")


def test_nothing_there(settings: Any) -> None:
    with serving({}) as server:
        settings.DISCOVERY_HOSTS, settings.DISCOVERY_PORTS = ["127.0.0.1"], [server.port]
        assert "No model server was found" in run("discover")
