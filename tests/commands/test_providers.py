"""The list of providers."""

import pytest

from providers.models import Provider
from tests.commands.run import run
from tests.providers.key_fixtures import KEY, stored

pytestmark = pytest.mark.django_db


def test_providers_are_listed_with_the_kind_of_their_key(
    acme: Provider, master_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    stored(acme)
    Provider.objects.filter(slug="xai").update(enabled=False)
    lines = {line.split()[0]: line for line in run("providers").splitlines()}
    assert "stored …WXYZ" in lines["acme"]
    assert "environment OPENAI_API_KEY" in lines["openai"]
    assert "none needed" in lines["demo"]
    assert "missing" in lines["groq"]
    assert "(off)" in lines["xai"]
    assert lines["demo"].split()[-1] == "10"
    assert KEY not in "".join(lines.values())
