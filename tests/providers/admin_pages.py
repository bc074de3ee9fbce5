"""Typing into the admin pages of providers and keys, as a browser posts it."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from providers.models import ApiKey, Provider

KEYS = "admin:providers_apikey"
PROVIDERS = "admin:providers_provider"
MODELS = "admin:providers_chatmodel"
AUDIT = "admin:providers_auditentry"
GROUPS = "admin:providers_modelgroup"


def staff(*permissions: str) -> Any:
    """A member of staff with these permissions of the app, like "add_apikey"."""
    user = get_user_model().objects.create_user(username="carol", password="a long test password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="providers", codename__in=permissions))
    return user


def add_key(client: Client, provider: Provider, credential: str, **more: Any) -> HttpResponse:
    data = {"provider": provider.pk, "label": "main", "enabled": "on", "credential": credential, **more}
    return client.post(reverse(f"{KEYS}_add"), data)  # type: ignore[return-value]


def change_key(client: Client, row: ApiKey, **data: Any) -> HttpResponse:
    values = {"label": row.label, "enabled": "on", "credential": "", **data}
    return client.post(reverse(f"{KEYS}_change", args=(row.pk,)), values)  # type: ignore[return-value]


def run_action(client: Client, changelist: str, action: str, *pks: int) -> HttpResponse:
    data = {"action": action, "_selected_action": pks, "index": 0}
    return client.post(reverse(f"{changelist}_changelist"), data)  # type: ignore[return-value]


def change_provider(client: Client, provider: Provider, base_url: str, **more: Any) -> HttpResponse:
    """Put another base URL into the endpoint of the provider's own protocol."""
    endpoint = provider.endpoints.get(protocol=provider.spec.protocol)
    data = {
        "name": provider.name,
        "enabled": "on",
        "credential_kind": provider.spec.auth.kind,
        "endpoints-TOTAL_FORMS": 1,
        "endpoints-INITIAL_FORMS": 1,
        "endpoints-0-id": endpoint.pk,
        "endpoints-0-provider": provider.pk,
        "endpoints-0-protocol": endpoint.protocol,
        "endpoints-0-base_url": base_url,
        **({"endpoints-0-allow_private": "on"} if endpoint.allow_private else {}),
        **more,
    }
    return client.post(reverse(f"{PROVIDERS}_change", args=(provider.pk,)), data)  # type: ignore[return-value]


def group_form(*deployments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What the page of a group posts: each deployment as its fields, with ``id`` if it is there already."""
    data: dict[str, Any] = {
        "name": "smart",
        "label": "",
        "enabled": "on",
        "strategy": "weighted_shuffle",
        "retries": 1,
        "allowed_failures": 2,
        "cooldown_seconds": 30,
        "fallbacks": "",
        "deployments-TOTAL_FORMS": len(deployments),
        "deployments-INITIAL_FORMS": sum("id" in each for each in deployments),
        **fields,
    }
    for at, each in enumerate(deployments):
        own = {"enabled": "on", "priority": 1, "weight": 1, **each}
        data |= {f"deployments-{at}-{name}": value for name, value in own.items()}
    return data


def told(response: Any) -> str:
    """The messages that the next page will show."""
    return "\n".join(str(message) for message in get_messages(response.wsgi_request))
