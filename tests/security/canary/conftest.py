"""A site in which every canary key and credential was entered by the admin form, tested, used, rotated and refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.clients.until import wait_until
from tests.providers.transport.certificates import Authority
from tests.security.canary.collect import Monitor, Thing
from tests.security.canary.echo import MODELS, NATIVE, Echo
from tests.security.canary.keys import shapes
from tests.security.canary.kinds import PROXY_LOGIN, Kind, kinds, secrets_of
from tests.security.live import Live, Operator
from tests.stack import Stack

SECONDS = 120
IMPORT = "/admin/providers/modelgroup/import/"
TOKEN_HOSTS = ("oauth2.googleapis.com", "login.microsoftonline.com")
ROWS = """
from providers.models import Provider
said = dict(Provider.objects.values_list("slug", "pk"))
"""
STORED = """
from providers.models import ApiKey
said = [str(pk) for pk in ApiKey.objects.exclude(ciphertext="").values_list("pk", flat=True)]
"""


@dataclass
class Used:
    """The site, the keys, and what happened so far."""

    site: Live
    keys: dict[str, str]
    kinds: dict[str, Kind]
    echo: Echo
    monitor: Monitor
    comparisons: list[str] = field(default_factory=list)
    answers: list[Thing] = field(default_factory=list)
    """Answers to forms, which nobody gets a second time."""

    @property
    def secrets(self) -> dict[str, str]:
        """All that must be nowhere: keys, pieces of credentials, and what was made of them so far."""
        return {**self.keys, **secrets_of(self.kinds), **self.echo.derived, "login of the proxy": PROXY_LOGIN}

    def post(self, client: httpx.Client, path: str, form: dict[str, Any], file: str = "") -> httpx.Response:
        """Send a form and keep the answer, with the page that it leads to."""
        answer = client.post(path, data=form, files={"file": ("config.yaml", file)} if file else None)
        assert answer.status_code in {200, 302}, (path, answer.status_code)
        self.answers.append(("page", f"POST {path}", answer.content))
        self.answers.append(("header", f"POST {path}", str(answer.headers.multi_items()).encode()))
        if answer.status_code == 302:
            self.answers.append(("page", answer.headers["location"], client.get(answer.headers["location"]).content))
        return answer


def add_providers(used: Used, admin: httpx.Client) -> None:
    """One provider for each key, every second one with a header of its own."""
    for number, shape in enumerate(used.keys):
        in_header = number % 2 == 1
        form = {
            "name": f"Canary {shape}",
            "slug": f"canary-{shape}",
            "enabled": "on",
            "credential_kind": "header" if in_header else "bearer",
            "credential_header": "x-secret-key" if in_header else "",
            "facts": "",
            "endpoints-TOTAL_FORMS": "1",
            "endpoints-INITIAL_FORMS": "0",
            "endpoints-0-protocol": "openai_chat",
            "endpoints-0-base_url": used.echo.base_url,
            "endpoints-0-allow_private": "on",
        }
        answer = used.post(admin, "/admin/providers/provider/add/", form)
        assert answer.status_code == 302, answer.text


def enter_keys(used: Used, admin: httpx.Client) -> None:
    """First wrongly, then rightly and tested twice: the first test is refused with the key in the answer."""
    rows = used.site.run(ROWS)
    for shape, key in used.keys.items():
        form = {"provider": str(rows[f"canary-{shape}"]), "label": f"of {shape}", "enabled": "on"}
        add = "/admin/providers/apikey/add/"
        for wrong in (
            {**form, "credential": f"{key} {key}"},
            {**form, "credential": f"{key}\u00e9"},
            {**form, "credential": key * 200},
            {**form, "provider": "0", "credential": key},
        ):
            assert used.post(admin, add, wrong).status_code == 200
        answer = used.post(admin, add, {**form, "credential": key, "_test": "1"})
        assert answer.status_code == 302, answer.text
        change = answer.headers["location"]
        used.post(admin, change, {**form, "credential": "", "_test": "1"})
        used.post(admin, change, {**form, "credential": key, "label": f"again {shape}", "_continue": "1"})
    ids = used.site.run(STORED)
    assert len(ids) == len(used.keys)
    used.post(admin, "/admin/providers/apikey/", {"action": "test_keys", "_selected_action": ids})


def set_up_accounts(used: Used, admin: httpx.Client) -> None:
    """The account at each real provider, and the proxy on the way there: its login first in the wrong field."""
    rows = used.site.run(ROWS)
    for kind in used.kinds.values():
        path = f"/admin/providers/provider/{rows[kind.slug]}/change/"
        form = {f"setting_{name}": value for name, value in kind.account.items()}
        form |= {"name": kind.slug, "enabled": "on", "proxy": used.echo.proxy_url, "proxy_credential": PROXY_LOGIN}
        form |= {"endpoints-TOTAL_FORMS": "0", "endpoints-INITIAL_FORMS": "0"}
        wrong = used.echo.proxy_url.replace("://", f"://{PROXY_LOGIN}@")
        assert used.post(admin, path, {**form, "proxy": wrong}).status_code == 200
        assert used.post(admin, path, {**form, "proxy": ""}).status_code == 200
        answer = used.post(admin, path, form)
        assert answer.status_code == 302, answer.text


def enter_credentials(used: Used, admin: httpx.Client) -> None:
    """Each credential as the form of its provider asks for it: wrongly, rightly, tested, and in place of another."""
    rows = used.site.run(ROWS)
    for name, kind in used.kinds.items():
        add = f"/admin/providers/apikey/add/?provider={rows[kind.slug]}"
        base = {"provider": str(rows[kind.slug]), "label": f"of {name}", "enabled": "on"}
        for piece in kind.forms[0]:
            if piece != "credential_kind":
                wrong = {**base, **kind.forms[0], piece: f"{kind.forms[0][piece]} \u00e9"}
                assert used.post(admin, add, wrong).status_code == 200, (name, piece)
                assert used.post(admin, add, {**base, **kind.forms[0], piece: ""}).status_code == 200, (name, piece)
        for text in kind.secrets.values():
            if len(text) <= 120 and text in str(kind.forms[0]):
                assert used.post(admin, add, {**base, **kind.forms[0], "label": text}).status_code == 200, name
        answer = used.post(admin, add, {**base, **kind.forms[0], "_test": "1"})
        assert answer.status_code == 302, (name, answer.text)
        change = answer.headers["location"]
        for form in (*kind.forms[1:], {}):
            answer = used.post(admin, change, {**base, **form, "_test": "1"})
            assert answer.status_code == 302, (name, answer.text)


def fetch_lists(used: Used, admin: httpx.Client) -> None:
    """Lists of models in which keys stand as ids."""
    mine = [str(pk) for slug, pk in used.site.run(ROWS).items() if slug.startswith("canary-")]
    mine += [str(used.site.run(ROWS)[kind.slug]) for kind in used.kinds.values()]
    used.post(admin, "/admin/providers/provider/", {"action": "fetch_models", "_selected_action": mine})


def import_keys(used: Used, admin: httpx.Client) -> None:
    """The configuration of a LiteLLM proxy with keys where they belong and where they do not; tried, then done."""
    models: list[Any] = []
    for shape, key in used.keys.items():
        params = {"model": "openai/ok", "api_base": used.echo.base_url, "api_key": key, "extra_headers": {"x": key}}
        models.append({"model_name": f"imported {shape}", "litellm_params": params})
        models.append({"model_name": key, "litellm_params": {**params, "model": f"openai/{key}"}})
        odd = {**params, "api_base": f"https://clerk:{key}@proxy.example/{key}", "region_name": key}
        models.append({"model_name": f"odd {shape}", "litellm_params": odd})
    for name, kind in used.kinds.items():
        params = {"model": f"{kind.slug}/x", "api_key": kind.in_use[0], **kind.forms[-1]}
        params |= {"aws_secret_access_key": kind.in_use[0], "vertex_credentials": kind.forms[-1].get("account", "")}
        models.append({"model_name": f"imported {name}", "litellm_params": params})
    form: dict[str, Any] = {"allow_private": "on", "only_try": "on"}
    for asked in (form, {"allow_private": "on"}, {}):
        assert used.post(admin, IMPORT, asked, json.dumps({"model_list": models})).status_code == 200


def ask_everything(used: Used) -> None:
    """Every key with every behaviour, some runs stopped and repeated."""
    names: list[Any] = [f"canary-{shape}/{model}" for shape in used.keys for model in MODELS]
    for kind in used.kinds.values():
        if kind.column == "chat":
            names += [{"model": f"{kind.slug}/{model}", "protocol": "chat"} for model in MODELS]
        names += [f"{kind.slug}/{model}" for model in NATIVE]
    with used.site.http("owner_token") as owner:
        for start in range(0, len(names), 25):
            body: dict[str, Any] = {
                "prompt": "hello",
                "models": names[start : start + 25],
                "params": {"max_retries": 1},
            }
            answer = owner.post("/api/v1/comparisons", json=body)
            assert answer.status_code == 201, answer.text
            used.comparisons.append(answer.json()["id"])
            used.answers.append(("api", "POST /api/v1/comparisons", answer.content))
        for each in used.comparisons:
            wait_until(lambda each=each: settled(used, owner, each), SECONDS, 0.3)  # type: ignore[misc]


def settled(used: Used, owner: httpx.Client, comparison: str) -> bool:
    """Whether all runs have ended."""
    runs = owner.get(f"/api/v1/comparisons/{comparison}").json()["runs"]
    return all(run["status"] in {"finished", "failed", "cancelled", "interrupted"} for run in runs)


TRUST = """'''Lets the site believe in the authority of a test, for which it has no setting.'''
import certifi
certifi.where = lambda: {path!r}
"""


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Used]:
    """Everything has happened; the site still runs. All logs are on DEBUG."""
    folder, trust = tmp_path_factory.mktemp("canary"), tmp_path_factory.mktemp("trust")
    authority, found = Authority(trust), kinds()
    (trust / "sitecustomize.py").write_text(TRUST.format(path=str(trust / "authority.pem")))
    tls = authority.serving(*(kind.host for kind in found.values()), *TOKEN_HOSTS)
    environment = {"LOG_LEVEL": "DEBUG", "PYTHONPATH": str(trust), "OUTGOING_PROXY_RESOLVES": "true"}
    with (
        Echo(found, tls) as echo,
        Stack(folder, environment=environment) as stack,
        Operator(stack) as operator,
        Monitor(folder / "data" / "run" / "valkey.sock") as monitor,
    ):
        used = Used(Live.of(operator), shapes(), found, echo, monitor)
        with used.site.http("admin") as admin:
            add_providers(used, admin)
            enter_keys(used, admin)
            set_up_accounts(used, admin)
            enter_credentials(used, admin)
            fetch_lists(used, admin)
            import_keys(used, admin)
        ask_everything(used)
        yield used
