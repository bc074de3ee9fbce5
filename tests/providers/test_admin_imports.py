"""The page that takes a LiteLLM configuration: who may, what is shown, and what it never reads."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from providers.admin.groups import TO_IMPORT
from providers.models import ApiKey, AuditEntry, ModelGroup
from tests.providers import admin_pages as pages

FILE = Path(__file__).parent / "litellm" / "config.yaml"
PAGE = "admin:providers_modelgroup_import"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("master_key")]


@pytest.fixture
def signed_in(admin: Any, client: Client) -> Client:
    client.force_login(admin)
    return client


def upload(client: Client, data: bytes | None = None, **fields: str) -> Any:
    file = SimpleUploadedFile("config.yaml", FILE.read_bytes() if data is None else data)
    return client.post(reverse(PAGE), {"file": file, **fields})


def test_looking_first_then_doing(signed_in: Client) -> None:
    page = signed_in.get(reverse(PAGE)).content.decode()
    assert "checked" in page
    tried = upload(signed_in, only_try="on")
    assert "nothing was changed" in tried.content.decode()
    assert not ModelGroup.objects.exists()
    done = upload(signed_in)
    text = done.content.decode()

    assert "What was done" in text
    assert "azure-openai-classic/gpt-4o-us in group/gpt-4o" in text
    assert "10.1.2.3:8000 is a private address" in text
    assert "CANARY" not in text
    assert ModelGroup.objects.filter(name="claude").exists()
    assert AuditEntry.objects.filter(action="imported", actor="admin").count() == 1
    assert not ModelGroup.objects.filter(name="local-qwen").exists()
    upload(signed_in, allow_private="on")
    assert ModelGroup.objects.filter(name="local-qwen").exists()


def test_a_page_reads_no_variable_and_no_file_of_the_server(
    signed_in: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AZURE_API_KEY_EU", "azkey-CANARY-eu-8899aabbccddeeff")
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "service_account"}')
    google = f"model_list: [{{model_name: g, litellm_params: {{model: vertex_ai/x, vertex_credentials: {secret}}}}}]"

    assert "AZURE_API_KEY_EU is not there" in upload(signed_in).content.decode()
    assert "cannot be one" in upload(signed_in, google.encode()).content.decode()
    assert not [key for key in ApiKey.objects.all() if key.last_four == "eeff" and "azure" in key.provider.slug]


@pytest.mark.parametrize(("data", "words"), [(b"[", "near line 1"), (b"x" * 300_000, "larger than"), (b"", "empty")])
def test_what_is_no_configuration_is_refused(signed_in: Client, data: bytes, words: str) -> None:
    response = upload(signed_in, data)
    assert response.status_code == 200
    assert words in response.content.decode()


@pytest.mark.parametrize("missing", TO_IMPORT)
def test_every_permission_is_needed(client: Client, missing: str) -> None:
    client.force_login(pages.staff(*(name for name in TO_IMPORT if name != missing), "view_modelgroup"))
    assert client.get(reverse(PAGE)).status_code == 403
    assert upload(client).status_code == 403
    assert not ModelGroup.objects.exists()
    assert reverse(PAGE) not in client.get(reverse(f"{pages.GROUPS}_changelist")).content.decode()


def test_the_list_leads_there_for_whoever_may(client: Client) -> None:
    client.force_login(pages.staff(*TO_IMPORT, "view_modelgroup"))
    assert reverse(PAGE) in client.get(reverse(f"{pages.GROUPS}_changelist")).content.decode()
    assert upload(client, only_try="on").status_code == 200


def test_a_post_from_elsewhere_is_refused(admin: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(admin)
    assert upload(strict).status_code == 403
