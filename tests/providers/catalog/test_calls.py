"""Every provider of the catalog, from its variable to the wire: the documented address, and the proof of who asks."""

import asyncio
import json
from typing import Any

import pytest

from providers.catalog import load_catalog
from providers.client import ChatClient
from providers.contract.adapter import Adapter
from providers.contract.errors import SetupError
from providers.contract.messages import ChatRequest, Message
from providers.contract.resolved import Target
from providers.credentials import authorize
from providers.models import Provider
from providers.resolve import resolve
from providers.transport.http import Outgoing

pytestmark = pytest.mark.django_db

KEY = "fake-key-0123456789abcdef"
BEARER, NOTHING = ("authorization", f"Bearer {KEY}"), ("", "")
CHAT = {
    "abso": "",
    "ai21": "https://api.ai21.com/studio/v1/chat/completions",
    "anthropic": "https://api.anthropic.com/v1/messages",
    "azure-openai": "https://ours.openai.azure.com/openai/v1/chat/completions",
    "azure-openai-classic": "https://ours.openai.azure.com/openai/deployments/m-1/chat/completions"
    "?api-version=2024-10-21",
    "bedrock": "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m-1/converse-stream",
    "cerebras": "https://api.cerebras.ai/v1/chat/completions",
    "cloudflare": "https://api.cloudflare.com/client/v4/accounts/abc123/ai/v1/chat/completions",
    "cohere": "https://api.cohere.com/v2/chat",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions",
    "databricks": "https://dbc-1.cloud.databricks.com/serving-endpoints/chat/completions",
    "deepseek": "https://api.deepseek.com/chat/completions",
    "fireworks": "https://api.fireworks.ai/inference/v1/chat/completions",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/models/m-1:streamGenerateContent?alt=sse",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
    "huggingface": "https://router.huggingface.co/v1/chat/completions",
    "hyperbolic": "https://api.hyperbolic.xyz/v1/chat/completions",
    "litellm-proxy": "http://127.0.0.1:4000/v1/chat/completions",
    "llama-cpp": "http://127.0.0.1:8080/v1/chat/completions",
    "lm-studio": "http://localhost:1234/v1/chat/completions",
    "minimax": "https://api.minimax.io/v1/chat/completions",
    "mistral": "https://api.mistral.ai/v1/chat/completions",
    "moonshot": "https://api.moonshot.ai/v1/chat/completions",
    "nebius": "https://api.tokenfactory.nebius.com/v1/chat/completions",
    "nim": "http://localhost:8000/v1/chat/completions",
    "novita": "https://api.novita.ai/openai/v1/chat/completions",
    "nvidia": "https://integrate.api.nvidia.com/v1/chat/completions",
    "ollama": "http://localhost:11434/v1/chat/completions",
    "openai": "https://api.openai.com/v1/chat/completions",
    "openrouter": "https://openrouter.ai/api/v1/chat/completions",
    "perplexity": "https://api.perplexity.ai/chat/completions",
    "qianfan": "https://qianfan.baidubce.com/v2/chat/completions",
    "sambanova": "https://api.sambanova.ai/v1/chat/completions",
    "snowflake": "https://org-acc.snowflakecomputing.com/api/v2/cortex/v1/chat/completions",
    "tgi": "http://localhost:3000/v1/chat/completions",
    "together": "https://api.together.xyz/v1/chat/completions",
    "upstage": "https://api.upstage.ai/v1/chat/completions",
    "vertex": "https://europe-west4-aiplatform.googleapis.com/v1/projects/p-1/locations/europe-west4"
    "/publishers/google/models/m-1:streamGenerateContent?alt=sse",
    "vllm": "http://localhost:8000/v1/chat/completions",
    "volcengine": "https://ark.cn-beijing.volces.com/api/v3/chat/completions",
    "writer": "https://api.writer.com/v1/chat",
    "xai": "https://api.x.ai/v1/chat/completions",
    "xinference": "http://localhost:9997/v1/chat/completions",
    "yandexgpt": "https://llm.api.cloud.yandex.net/foundationModels/v1/completion",
    "yi": "https://api.lingyiwanwu.com/v1/chat/completions",
    "yuan2": "http://127.0.0.1:8000/v1/chat/completions",
    "zai": "https://api.z.ai/api/paas/v4/chat/completions",
    "zhipu": "https://open.bigmodel.cn/api/paas/v4/chat/completions",
}
"""Provider -> where its documentation says that a chat is asked for. Empty: it is off."""
RESPONSES = {
    "azure-openai": "https://ours.openai.azure.com/openai/v1/responses",
    "azure-openai-classic": "https://ours.openai.azure.com/openai/responses?api-version=2024-10-21",
    "cloudflare": "https://api.cloudflare.com/client/v4/accounts/abc123/ai/v1/responses",
    "dashscope": "https://dashscope.aliyuncs.com/compatible-mode/v1/responses",
    "deepseek": "https://api.deepseek.com/responses",
    "groq": "https://api.groq.com/openai/v1/responses",
    "ollama": "http://localhost:11434/v1/responses",
    "openai": "https://api.openai.com/v1/responses",
    "openrouter": "https://openrouter.ai/api/v1/responses",
    "perplexity": "https://api.perplexity.ai/v1/responses",
    "sambanova": "https://api.sambanova.ai/v1/responses",
    "volcengine": "https://ark.cn-beijing.volces.com/api/v3/responses",
    "xai": "https://api.x.ai/v1/responses",
}
MESSAGES = {
    "azure-openai": "https://ours.services.ai.azure.com/anthropic/v1/messages",
    "dashscope": "https://dashscope.aliyuncs.com/apps/anthropic/v1/messages",
    "deepseek": "https://api.deepseek.com/anthropic/v1/messages",
    "fireworks": "https://api.fireworks.ai/inference/v1/messages",
    "huggingface": "https://router.huggingface.co/v1/messages",
    "lm-studio": "http://localhost:1234/v1/messages",
    "minimax": "https://api.minimax.io/anthropic/v1/messages",
    "moonshot": "https://api.moonshot.ai/anthropic/v1/messages",
    "novita": "https://api.novita.ai/anthropic/v1/messages",
    "ollama": "http://localhost:11434/v1/messages",
    "openrouter": "https://openrouter.ai/api/v1/messages",
    "sambanova": "https://api.sambanova.ai/v1/messages",
    "snowflake": "https://org-acc.snowflakecomputing.com/api/v2/cortex/v1/messages",
    "xinference": "http://localhost:9997/anthropic/v1/messages",
    "zai": "https://api.z.ai/api/anthropic/v1/messages",
    "zhipu": "https://open.bigmodel.cn/api/anthropic/v1/messages",
}
ACCOUNT = {
    "AZURE_OPENAI_ENDPOINT": "https://ours.openai.azure.com/",
    "CLOUDFLARE_ACCOUNT_ID": "abc123",
    "DATABRICKS_HOST": "https://dbc-1.cloud.databricks.com",
    "GOOGLE_CLOUD_LOCATION": "europe-west4",
    "GOOGLE_CLOUD_PROJECT": "p-1",
    "AWS_REGION": "eu-west-1",
    "SNOWFLAKE_ACCOUNT": "org-acc",
    "YC_FOLDER_ID": "b1gfolder",
}
OTHER_HEADERS = {
    "anthropic": ("x-api-key", KEY),
    "azure-openai": ("api-key", KEY),
    "azure-openai-classic": ("api-key", KEY),
    "gemini": ("x-goog-api-key", KEY),
    "nim": NOTHING,
    "tgi": NOTHING,
    "yandexgpt": ("authorization", f"Api-Key {KEY}"),
}
"""No variable is theirs by convention, where nothing is expected: a key can be stored."""
X_API_KEY = {"azure-openai", "dashscope", "deepseek", "minimax", "moonshot", "sambanova", "zai", "zhipu"}
"""Their Messages door takes the key as Anthropic does."""


@pytest.fixture(autouse=True)
def _only_these_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for spec in load_catalog().values():
        pieces = [name for auth in (spec.auth, *spec.also_auth) for names in auth.env.values() for name in names]
        asked = [name for setting in spec.settings for name in setting.env]
        for name in (*spec.env_key, *spec.env_base_url, *pieces, *asked):
            monkeypatch.delenv(name, raising=False)
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


def set_key(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider's own variables, and no other, hold a key."""
    spec = load_catalog()[slug]
    if spec.auth.kind == "google":
        user = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
        monkeypatch.setenv(spec.env_key[0], json.dumps(user))
    for name in spec.env_key[:1] if spec.auth.kind != "google" else ():
        monkeypatch.setenv(name, KEY)
    for names in spec.auth.env.values():
        monkeypatch.setenv(names[0], KEY)


def url_of(target: Target) -> str:
    adapter: Adapter = target.adapter
    request = ChatRequest(model_id=target.model_id, messages=(Message.of_text("user", "hi"),))
    return target.base_url + adapter.render(request, target.spec).path


async def header_of(target: Target) -> tuple[str, str]:
    transport: Any = None
    if target.spec.auth.kind == "google":
        return NOTHING  # it would ask Google
    outgoing = Outgoing("POST", target.base_url, {"content-type": "application/json"}, b"{}")
    auth = (await authorize(target.spec.auth, target.credential, outgoing, target.origins, transport)).auth
    return next(((name.lower(), value) for name, value in auth.items() if not name.startswith("X-Amz")), NOTHING)


def test_the_table_is_whole() -> None:
    assert set(CHAT) == set(load_catalog())


@pytest.mark.parametrize(
    ("word", "slug", "url"),
    [
        (word, slug, url)
        for word, table in (("auto", CHAT), ("responses", RESPONSES), ("messages", MESSAGES))
        for slug, url in sorted(table.items())
        if url
    ],
)
def test_a_key_in_its_variable_is_all_that_is_needed(
    word: str, slug: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_key(slug, monkeypatch)
    target = resolve(f"{slug}/m-1", word)
    name, value = asyncio.run(header_of(target))

    assert url_of(target) == url
    expected = OTHER_HEADERS.get(slug, BEARER)
    if target.spec.auth.kind == "sigv4":
        assert (name, value.split("/")[2:4]) == ("authorization", ["eu-west-1", "bedrock"])
    elif target.spec.auth.kind != "google":
        assert (name, value) == (("x-api-key", KEY) if word == "messages" and slug in X_API_KEY else expected)


def test_what_is_off_says_why_and_gets_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    row = Provider.objects.get(slug="abso")
    assert (row.enabled, "plain HTTP" in row.spec.warning) == (False, True)
    with pytest.raises(SetupError) as caught:
        resolve("abso/gpt-x")
    assert caught.value.code == "permission"

    row.enabled = True
    row.save()
    with pytest.raises(SetupError) as caught:
        resolve("abso/gpt-x")
    assert caught.value.code == "authentication"


def test_headers_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    set_key("openai", monkeypatch)
    set_key("openrouter", monkeypatch)
    assert resolve("openai/m").spec.headers == {}
    assert resolve("openrouter/m").spec.headers == {"X-OpenRouter-Title": "Touchstone"}
    for name, value in (("OPENAI_ORG_ID", "org-1"), ("OPENAI_PROJECT_ID", "proj-1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENROUTER_APP_URL", "https://ours.example/app")
    assert resolve("openai/m").spec.headers == {"OpenAI-Organization": "org-1", "OpenAI-Project": "proj-1"}
    assert resolve("openrouter/m").spec.headers["HTTP-Referer"] == "https://ours.example/app"


@pytest.mark.parametrize(
    ("slug", "variable"),
    [
        ("anthropic", "ANTHROPIC_AUTH_TOKEN"),
        ("azure-openai", "AZURE_OPENAI_AD_TOKEN"),
        ("bedrock", "AWS_BEARER_TOKEN_BEDROCK"),
        ("yandexgpt", "YC_IAM_TOKEN"),
    ],
)
def test_a_token_instead_of_the_usual_key(slug: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, KEY)

    target = resolve(f"{slug}/m-1")

    assert asyncio.run(header_of(target)) == BEARER
    assert url_of(target) == CHAT[slug]
    if slug in MESSAGES:
        assert asyncio.run(header_of(resolve(f"{slug}/m-1", "messages"))) == BEARER


@pytest.mark.parametrize(
    ("slug", "names", "token_url"),
    [
        ("databricks", ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET"), "https://dbc-1.cloud.databricks.com/oidc"),
        ("azure-openai", ("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"), "https://login.microsoftonline.com/t-1/oauth2"),
    ],
)
def test_an_oauth_client_and_where_it_shows_itself(
    slug: str, names: tuple[str, str], token_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in names:
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("AZURE_TENANT_ID", "t-1")

    target = resolve(f"{slug}/m-1")

    assert target.spec.auth.token_url.startswith(token_url)
    assert f"{'/'.join(token_url.split('/')[:3])}:443" in target.origins


def test_the_session_of_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    set_key("openrouter", monkeypatch)
    request = ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"),), ids={"comparison": "c1"})

    def body() -> dict[str, Any]:
        client = ChatClient(resolve("openrouter/m"), Any, first_byte=1, idle=1, total=1, output_limit=1)  # type: ignore[arg-type]
        return client.render(request).body

    assert "session_id" not in body()
    monkeypatch.setenv("OPENROUTER_SESSION_ID", "site-{comparison}")
    assert body()["session_id"] == "site-c1"
    assert "trace" not in body()
    Provider.objects.filter(slug="openrouter").update(account={"session_id": "of the row"})
    assert body()["session_id"] == "of the row"
    monkeypatch.setenv("OPENROUTER_SESSION_ID", "x" * 257)
    Provider.objects.filter(slug="openrouter").update(account={})
    with pytest.raises(SetupError, match="256"):
        body()
