"""Where a deployment of a LiteLLM configuration is, in the words of this catalog: provider, model, address, account.

LiteLLM writes the provider in front of the model ("azure/my-deployment") and the rest into parameters. What has no
counterpart here is refused with the reason.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from providers.contract.spec import CredentialKind, ProviderSpec
from providers.contract.templates import PLACE
from providers.litellm.config import Entry, Told

OWN = ""
"""Instead of a slug: a server of one's own that speaks Chat Completions."""
SLUGS = {
    "ai21": "ai21",
    "ai21_chat": "ai21",
    "anthropic": "anthropic",
    "azure": "azure-openai-classic",
    "bedrock": "bedrock",
    "cerebras": "cerebras",
    "cloudflare": "cloudflare",
    "cohere": "cohere",
    "cohere_chat": "cohere",
    "custom_openai": OWN,
    "dashscope": "dashscope",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "fireworks_ai": "fireworks",
    "gemini": "gemini",
    "groq": "groq",
    "hosted_vllm": "vllm",
    "huggingface": "huggingface",
    "hyperbolic": "hyperbolic",
    "litellm_proxy": "litellm-proxy",
    "llamafile": "llama-cpp",
    "lm_studio": "lm-studio",
    "minimax": "minimax",
    "mistral": "mistral",
    "moonshot": "moonshot",
    "nebius": "nebius",
    "novita": "novita",
    "nvidia_nim": "nvidia",
    "ollama": "ollama",
    "ollama_chat": "ollama",
    "openai": "openai",
    "openai_like": OWN,
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "sambanova": "sambanova",
    "snowflake": "snowflake",
    "together_ai": "together",
    "upstage": "upstage",
    "vertex_ai": "vertex",
    "vertex_ai_beta": "vertex",
    "vllm": "vllm",
    "volcengine": "volcengine",
    "xai": "xai",
    "xinference": "xinference",
    "zai": "zai",
}
"""LiteLLM's names of providers -> ours."""
BY_NAME = (
    (re.compile(r"(gpt-|chatgpt-|o[134](-|$)|ft:gpt-)"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "vertex_ai"),
    (re.compile(r"command-"), "cohere"),
    (re.compile(r"(anthropic|amazon|meta|mistral|cohere|ai21)\.[a-z]"), "bedrock"),
)
"""Models that LiteLLM knows without a provider in front."""
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")
AZURE_HOST = re.compile(r"([a-z0-9-]+)\.openai\.azure\.com")
AZURE_VERSION = re.compile(r"\d{4}-\d\d-\d\d(-preview)?")
LABEL = re.compile(r"[^a-z0-9]+")


class Unusable(Told):
    """This deployment cannot be had here; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """``slug`` empty: a server of one's own at ``base_url``. ``base_url`` empty: the provider's own address.

    ``pieces``: of the credential, as the file has them; empty: none is named. ``protocol``: what the model is asked by.
    """

    slug: str
    model_id: str
    base_url: str = ""
    account: Mapping[str, str] = field(default_factory=dict)
    kind: CredentialKind | None = None
    pieces: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = "auto"


def place_of(entry: Entry, catalog: Mapping[str, ProviderSpec]) -> Place:
    """Raises Unusable."""
    prefix, model_id = _split(entry)
    base = entry.text("api_base") or entry.text("base_url")
    plain = Place(SLUGS[prefix], model_id, pieces=_pieces(entry, key="api_key"))
    if prefix == "azure":
        return _azure(entry, plain, base)
    if prefix == "bedrock":
        return _bedrock(entry, plain)
    if plain.slug == "vertex":
        return _vertex(entry, plain)
    if plain.slug == OWN:
        return _of_our_own(plain, base)
    return _at(plain, base, catalog) if base else plain


def _split(entry: Entry) -> tuple[str, str]:
    """LiteLLM's provider, and what its own API calls the model."""
    first, slash, rest = entry.model.partition("/")
    said = entry.text("custom_llm_provider")
    if said:
        prefix, model_id = said, rest if slash and first == said else entry.model
    elif slash and first in SLUGS:
        prefix, model_id = first, rest
    else:
        prefix = next((name for pattern, name in BY_NAME if pattern.match(entry.model)), "")
        model_id = entry.model
        if not prefix and not slash and entry.text("api_base"):
            prefix = "custom_openai"
        prefix = prefix or first
    if prefix not in SLUGS:
        raise Unusable(
            "LiteLLM's provider “%(name)s” has no counterpart here. A LiteLLM proxy as a provider reaches it.",
            name=prefix[:40],
        )
    if not model_id:
        raise Unusable("No model is named.")
    return prefix, model_id


def _pieces(entry: Entry, **names: str) -> dict[str, Any]:
    """The parameters that are there, under the names of the pieces."""
    return {piece: entry.params[name] for piece, name in names.items() if entry.params.get(name)}


def _azure(entry: Entry, plain: Place, base: str) -> Place:
    if not base:
        raise Unusable("There is no api_base: which resource of Azure is it?")
    try:
        url = urlsplit(base if "://" in base else f"https://{base}")
    except ValueError:
        raise Unusable("api_base is no address.") from None
    host, version = url.netloc.lower(), entry.text("api_version")
    newer = version in {"v1", "preview", "latest"} or "/openai/v1" in url.path
    match = AZURE_HOST.fullmatch(host)
    account = {"resource": match[1] if match else LABEL.sub("-", host.partition(".")[0]).strip("-") or "azure"}
    if not newer and AZURE_VERSION.fullmatch(version):
        account["api_version"] = version
    path = "/openai/v1" if newer else "/openai"
    root = url.path.partition("/openai")[0].rstrip("/")
    place = replace(
        plain,
        slug="azure-openai" if newer else "azure-openai-classic",
        base_url="" if match and not root else f"{url.scheme}://{host}{root}{path}",
        account=account,
    )
    if entry.params.get("azure_ad_token"):
        return replace(place, kind="bearer", pieces=_pieces(entry, token="azure_ad_token"))  # noqa: S106  # a name
    if entry.params.get("client_secret"):
        pieces = _pieces(entry, client_id="client_id", client_secret="client_secret")  # noqa: S106  # a name
        tenant = {"tenant": entry.text("tenant_id")} if entry.text("tenant_id") else {}
        return replace(place, kind="client_credentials", pieces=pieces, account={**account, **tenant})
    return place


def _bedrock(entry: Entry, plain: Place) -> Place:
    for name in ("aws_role_name", "aws_web_identity_token"):
        if entry.params.get(name):
            raise Unusable("%(name)s is not supported. Give the worker a profile with that role.", name=name)
    parts = plain.model_id.split("/")
    protocol = "auto"
    if parts[0] in {"converse", "converse_like", "invoke"}:
        protocol = "bedrock_invoke" if parts.pop(0) == "invoke" else "auto"
    if not parts or parts[0] in {"agent", "agentcore", "async_invoke"}:
        raise Unusable("Agents of Bedrock are no chat models.")
    region = entry.text("aws_region_name")
    if len(parts) > 1 and REGION.fullmatch(parts[0]):
        region = parts.pop(0)
    keys = _pieces(
        entry,
        access_key_id="aws_access_key_id",
        secret_access_key="aws_secret_access_key",  # noqa: S106  # a name
        session_token="aws_session_token",  # noqa: S106  # a name
    )
    if entry.params.get("api_key"):
        kind: CredentialKind = "bearer"
        keys = _pieces(entry, key="api_key")
    else:
        kind = "sigv4"
        # Without keys LiteLLM takes whatever the machine has: that is the profile "default" here.
        keys = keys or {"profile": entry.text("aws_profile_name") or "default"}
    return replace(
        plain,
        model_id="/".join(parts),
        base_url=entry.text("aws_bedrock_runtime_endpoint").rstrip("/"),
        account={"region": region} if REGION.fullmatch(region) else {},
        kind=kind,
        pieces=keys,
        protocol=protocol,
    )


def _vertex(entry: Entry, plain: Place) -> Place:
    account = {"project": entry.text("vertex_project"), "location": entry.text("vertex_location")}
    model_id = plain.model_id.removeprefix("gemini/")
    protocol = "auto"
    if model_id.startswith("claude"):
        protocol = "messages"
    elif not model_id.startswith("gemini"):
        protocol = "chat"
    return replace(
        plain,
        model_id=model_id,
        account={name: value for name, value in account.items() if value},
        kind="google",
        pieces=_pieces(entry, account="vertex_credentials"),
        protocol=protocol,
    )


def _of_our_own(plain: Place, base: str) -> Place:
    if not base:
        raise Unusable("There is no api_base: where is this server?")
    return replace(plain, base_url=base.rstrip("/"))


def _at(plain: Place, base: str, catalog: Mapping[str, ProviderSpec]) -> Place:
    """At the provider's own address, at one that its settings make, or elsewhere."""
    url = _as_ours(plain.slug, base)
    template = catalog[plain.slug].base_url.rstrip("/")
    if url == template:
        return plain
    if "{" in template:
        account = _settings_in(template, url)
        if account is not None:
            return replace(plain, account=account)
    if plain.slug != "openai":
        return replace(plain, base_url=url)
    # "openai" is LiteLLM's word for every server that speaks as OpenAI does; ours has the quirks of OpenAI's own.
    known = next((slug for slug, spec in catalog.items() if spec.base_url.rstrip("/") == url and slug != "abso"), "")
    return replace(plain, slug=known or OWN, base_url="" if known else url)


def _as_ours(slug: str, base: str) -> str:
    """Where LiteLLM's address ends elsewhere than ours."""
    url = base.rstrip("/")
    if slug in {"anthropic", "cohere"}:
        return re.sub(r"(/v[12])?(/messages|/chat)?$", "", url)
    return f"{url}/v1" if slug == "ollama" and not url.endswith("/v1") else url


def _settings_in(template: str, url: str) -> dict[str, str] | None:
    """The settings with which the template makes this URL."""
    pattern = "".join(
        f"(?P<{part[1:-1]}>[^/]+)" if PLACE.fullmatch(part) else re.escape(part)
        for part in re.split(r"(\{[a-z_]+\})", template)
    )
    match = re.fullmatch(pattern, url)
    return match.groupdict() if match else None
