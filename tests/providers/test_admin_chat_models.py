"""Chat models in Django admin: what an administrator changes stays."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from providers.contract.errors import SetupError
from providers.models import ChatModel
from providers.resolve import resolve, sync_catalog
from tests.providers import admin_pages as pages


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def refused(public_id: str) -> SetupError:
    with pytest.raises(SetupError) as raised:
        resolve(public_id)
    return raised.value


def test_changed_facts_of_a_model_are_kept_until_given_back(signed_in: Client) -> None:
    model = ChatModel.objects.get(provider__slug="demo", model_id="fast")
    data = {"label": "Quick", "enabled": "on", "context_window": 9, "price_input": "1", "price_output": "2"}
    url = reverse(f"{pages.MODELS}_change", args=(model.pk,))
    assert signed_in.post(url, data).status_code == 302
    sync_catalog()
    model.refresh_from_db()
    assert (model.label, model.context_window, model.prices) == ("Quick", 9, {"input": "1", "output": "2"})
    pages.run_action(signed_in, pages.MODELS, "use_catalog_values", model.pk)
    model.refresh_from_db()
    assert (model.label, model.overrides) == ("Fast (simulated)", [])
    pages.run_action(signed_in, pages.MODELS, "disable", model.pk)
    assert refused("demo/fast").code == "permission"
    pages.run_action(signed_in, pages.MODELS, "enable", model.pk)
    assert resolve("demo/fast")
