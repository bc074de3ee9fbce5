"""The pages of models and providers, as a browser without JavaScript sees them."""

import re
import time
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compare_site.comparisons import transitions
from compare_site.comparisons.models import ModelSpeed
from providers.models import ChatModel, Provider
from tests.providers.key_fixtures import make_provider, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
HOSTILE = "<img src=x onerror=alert(1)>\"'"


@pytest.fixture
def browser(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def acme(db: None) -> Provider:
    provider = make_provider("acme", "https://acme.example/v1")
    model = ChatModel(provider=provider, model_id="v/one:1", label="One", source="listed")
    model.state("model list", {"tools": True, "image_input": False, "context_window": 32768}, "2026-11-20")
    model.state("catalog", {"prices": {"input": "0.1", "output": "12.50"}}, "2026-10-01")
    model.save()
    return provider


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def rows(html: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'name="model" value="([^"]+)"', html)]


def test_the_list_shows_yes_no_and_unknown_with_their_sources(browser: Client, acme: Provider) -> None:
    html = page(browser, f"{reverse('models')}?provider=acme")
    assert rows(html) == ["acme/v/one:1"]
    assert 'title="Tools: yes (its provider&#x27;s list of models, 2026-11-20)"' in html
    assert 'title="Image: no (its provider&#x27;s list of models, 2026-11-20)"' in html
    assert 'title="Logprobs: unknown"' in html
    for figure in (">32k<", ">$0.1<", ">$12.5<"):
        assert figure in html
    assert "No API key" in html
    assert re.search(r'value="acme/v/one:1"[^>]* disabled', html), "what cannot be used cannot be compared"


def test_filters_are_kept_and_what_is_wrong_is_told_at_its_field(browser: Client, acme: Provider) -> None:
    html = page(browser, f"{reverse('models')}?q=acme&can=tools&max_price=20&min_context=30000&sort=-context")
    assert rows(html) == ["acme/v/one:1"]
    assert 'value="acme"' in html
    assert re.search(r'name="can" value="tools" checked', html)
    assert rows(page(browser, f"{reverse('models')}?q=acme&max_price=1")) == []
    wrong = page(browser, f"{reverse('models')}?q=acme&max_price=many")
    assert 'id="max_price-error"' in wrong
    assert 'value="many"' in wrong


def test_pages_follow_each_other_with_the_filters(browser: Client, acme: Provider) -> None:
    more = [ChatModel(provider=acme, model_id=f"m{n:03}", source="listed") for n in range(120)]
    ChatModel.objects.bulk_create(more)
    first = page(browser, f"{reverse('models')}?q=acme&sort=name")
    assert len(rows(first)) == 50
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = page(browser, reverse("models") + unescape(link.group(1)))
    assert rows(second)[0] == "acme/m050"
    assert rows(page(browser, f"{reverse('models')}?q=acme&page=900")) == []


def test_one_model_tells_all_with_source_and_date(browser: Client, acme: Provider) -> None:
    now = time.time()
    ModelSpeed.objects.create(model="acme/v/one:1", samples=[[now, 400.0, 50.0], [now, 600.0, 70.0]])
    html = page(browser, f"{reverse('model')}?id=acme%2Fv%2Fone%3A1")
    for text in (
        "Tool calling",
        "32,768 tokens",
        "the catalog, 2026-10-01",
        "60.0",
        "0.50 s",
        "last 2 finished answers",
    ):
        assert text in html
    assert page(browser, f"{reverse('model')}?id=acme/none", 404)


def test_one_model_tells_which_files_and_efforts_it_takes(browser: Client, acme: Provider) -> None:
    rule = {"image": {"types": ["image/png", "image/jpeg"], "most": 2_097_152}}
    levels = {"efforts_of": {"^v/": ["low", "high"]}}
    Provider.objects.filter(pk=acme.pk).update(spec_data={**acme.spec_data, "media": rule, "quirks": levels})

    html = page(browser, f"{reverse('model')}?id=acme/v/one:1").replace("\xa0", " ")

    assert "image/png, image/jpeg, at most 2.0 MB" in html
    assert "<td>low, high</td>" in html


def test_what_only_others_have_typed_is_nobody_else_s(browser: Client, acme: Provider) -> None:
    ChatModel.objects.create(provider=acme, model_id="secret-plan", source="typed")
    assert "secret-plan" not in page(browser, f"{reverse('models')}?provider=acme")
    page(browser, f"{reverse('model')}?id=acme/secret-plan", 404)


def test_providers_say_which_key_is_used(browser: Client, admin: Any, acme: Provider, master_key: str) -> None:
    html = page(browser, reverse("providers"))
    assert "no key yet" in html
    assert "https://platform.openai.com/api-keys" in html
    assert "/admin/providers/apikey/add/" not in html
    transitions.renew_lease("w" * 32, ["OPENAI_API_KEY"])
    assert "<code>OPENAI_API_KEY</code>" in page(browser, reverse("providers"))
    stored(acme)
    html = page(browser, f"{reverse('model')}?id=acme/v/one:1")
    assert "a stored key is used" in html
    chief = Client()
    chief.force_login(admin)
    assert "/admin/providers/apikey/add/?provider=" in page(chief, reverse("providers"))


def test_hostile_names_stay_text(browser: Client, acme: Provider) -> None:
    ChatModel.objects.create(provider=acme, model_id=HOSTILE, label=HOSTILE, source="listed")
    facts = {**acme.spec_data, "docs_url": "javascript:alert(1)", "keys_url": "javascript:alert(1)"}
    Provider.objects.filter(pk=acme.pk).update(name=HOSTILE, spec_data=facts)
    ChatModel.objects.filter(model_id=HOSTILE).update(prices={"input": HOSTILE, "output": "NaN"})
    for url in (reverse("models") + "?q=onerror", reverse("providers")):
        html = page(browser, url)
        assert "<img" not in html
        assert "javascript:" not in html
    html = page(browser, f"{reverse('models')}?q=onerror")
    (link,) = set(re.findall(r'<th scope="row"><a href="([^"]+)"', html)) - {"/models/one/?id=acme%2Fv%2Fone%3A1"}
    one = page(browser, unescape(link))
    assert "<img" not in one
    assert "&lt;img" in one


def test_the_list_costs_the_same_queries_however_long_it_is(browser: Client, acme: Provider) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(browser, reverse("models"))
        return len(queries)

    count()  # sessions and such
    before = count()
    more = [ChatModel(provider=acme, model_id=f"m{n}", source="listed") for n in range(400)]
    ChatModel.objects.bulk_create(more)
    assert count() == before
