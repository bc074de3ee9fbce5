"""A catalog of a temporary folder: one provider with several doors, settings and kinds of credential."""

from pathlib import Path
from typing import Any

from providers import catalog
from providers.contract.spec import ProviderSpec
from providers.models import Provider
from providers.resolve import catalog_rows, environment, sync_catalog

MANY_DOORS = """
slug = "manydoors"
name = "Many Doors"
base_url = "https://{region}.doors.example/v1"
env_key = ["DOORS_KEY"]
headers = { "X-Organisation" = "{organisation}", "X-Region" = "{region}" }
docs_url = "https://doors.example/docs"

[[also_auth]]
kind = "sigv4"
region = "{region}"
service = "doors"
env = { access_key_id = ["DOORS_ID"], secret_access_key = ["DOORS_SECRET"] }

[[also_auth]]
kind = "client_credentials"
token_url = "https://login.doors.example/{tenant}/token"
scope = "all"

[[settings]]
name = "region"
pattern = "[a-z0-9-]{2,30}"
env = ["DOORS_REGION"]

[[settings]]
name = "organisation"
required = false

[[settings]]
name = "tenant"
required = false

[doors.openai_responses]

[doors.anthropic_messages]
base_url = "https://anthropic.{region}.doors.example"
auth = { kind = "header", header = "x-api-key" }
headers = { "anthropic-version" = "2023-06-01" }

[quirks]
chat_path = "/chat?region={region}"
"""


def publish(monkeypatch: Any, folder: Path, text: str, slug: str) -> ProviderSpec:
    """Put a file into a catalog folder and bring it into the rows, as a release would."""
    path = folder / f"{slug}.toml"
    path.write_text(text, encoding="utf-8")
    spec = catalog.read_spec(path)
    specs = {**catalog.load_catalog(), slug: spec}
    for module in (catalog_rows, environment):
        monkeypatch.setattr(module, "load_catalog", lambda: specs)
    sync_catalog()
    return spec


def many_doors(monkeypatch: Any, folder: Path, **account: str) -> Provider:
    """The provider of MANY_DOORS with what an administrator has said about the account."""
    publish(monkeypatch, folder, MANY_DOORS, "manydoors")
    provider = Provider.objects.get(slug="manydoors")
    provider.account = account
    provider.save()
    return provider
