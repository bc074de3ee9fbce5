"""Hostile rows, uploads and inputs in the administration: every list, every model, every answer that it shows."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.security.xss.stage import WAIT, Stage, as_model_id, check, corpus, rows, sample, storable

pytestmark = pytest.mark.e2e
LISTED = """
import compare_site.urls
from django.contrib import admin
said = {}
for model in admin.site._registry:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    said[base] = [f"{base}{row.pk}/{page}/" for row in model._base_manager.order_by("-pk")[:NUMBER]
                  for page in KINDS]
"""


def administration(stage: Stage, number: int, kinds: tuple[str, ...]) -> None:
    """The lists and the newest rows of every model; none may be without a row."""
    watched = stage.page("admin")
    listed = stage.site.run(LISTED.replace("NUMBER", str(number)).replace("KINDS", repr(kinds)))
    assert [base for base, pages in listed.items() if not pages] == []
    for path in ["/admin/", *(each for base, pages in listed.items() for each in (base, *pages))]:
        answer = watched.page.goto(f"{stage.site.url}{path}")
        assert answer is not None
        assert answer.status < 500, path
        check(watched, poke=path.endswith("change/"))
    watched.page.context.close()


def test_administration_of_a_sample(stage: Stage) -> None:
    rows(stage, "plant", sample(3, seed=9))
    administration(stage, 1, ("change",))


def test_what_the_administration_is_told(stage: Stage) -> None:
    """A refused key with a hostile explanation, a hostile list of models, and forms with hostile texts."""
    texts = list(map(storable, sample(3, seed=10)))
    stage.hostile.payloads.update({as_model_id(text): text for text in texts})
    told(stage, texts)


def told(stage: Stage, texts: list[str]) -> None:
    watched = stage.page("admin")
    page = watched.page
    for text in texts:
        page.goto(f"{stage.site.url}/admin/providers/provider/add/")
        for name, value in {"name": text[:120], "slug": text[:60], "facts": text, "credential_header": text}.items():
            page.locator(f"[name={name}]").evaluate("(field, text) => { field.value = text; }", value)
        page.locator("[name=endpoints-0-base_url]").evaluate("(field, text) => { field.value = text; }", text)
        with page.expect_navigation():
            page.locator("[name=_save]").click()
        expect(page.locator(".errornote")).to_be_visible(timeout=WAIT)
        check(watched)
    key(stage, page, texts[0])
    expect(page.locator(".messagelist")).to_contain_text("does not work")
    check(watched)
    page.goto(f"{stage.site.url}/admin/providers/provider/?q=pay")
    act(page, "fetch_models")
    expect(page.locator(".messagelist")).to_contain_text("Paym lists")
    check(watched)
    page.goto(f"{stage.site.url}/admin/providers/provider/discover/")
    for name in ("_look", "_add"):
        with page.expect_navigation(timeout=WAIT):
            page.locator(f"[name={name}]").first.click()
        expect(page.locator("#found tbody th, .messagelist").first).to_be_visible(timeout=WAIT)
        check(watched)
    page.goto(f"{stage.site.url}/admin/providers/modelgroup/import/")
    page.locator("#id_file").set_input_files({"name": texts[0][:60], "mimeType": "x/y", "buffer": configuration(texts)})
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-report tbody tr").first).to_be_visible(timeout=WAIT)
    check(watched)
    page.goto(f"{stage.site.url}/admin/providers/chatmodel/?q=pay")
    check(watched)
    page.context.close()


def configuration(texts: list[str]) -> bytes:
    """Of a LiteLLM proxy, hostile wherever somebody can write; JSON is YAML."""
    entries = [
        {
            "model_name": text,
            "litellm_params": {"model": model, text: 1, "api_base": base},
            "model_info": {"mode": how},
        }
        for text in texts
        for model, base, how in (
            (f"openai/{text}", "https://api.openai.com/v1", "chat"),
            (f"{text}/x", text, "chat"),
            ("openai/x", text, text),
        )
    ]
    fallbacks = [{text: [text]} for text in texts]
    router = {"fallbacks": fallbacks, "model_group_alias": dict(zip(texts, texts[1:] + texts[:1], strict=True))}
    listed = {"model_list": entries, "router_settings": {**router, texts[0]: 1}, texts[-1]: 1}
    return json.dumps(listed).encode()


def key(stage: Stage, page: Page, label: str) -> None:
    """Entered and tested at once."""
    page.goto(f"{stage.site.url}/admin/providers/apikey/add/")
    page.locator("[name=provider]").select_option(label="pay")
    page.locator("[name=label]").fill(label[:100])
    page.locator("[name=credential]").fill("a-key-of-no-worth-0123456789")
    page.locator("[name=_test]").click()


def act(page: Page, name: str) -> None:
    """An action on everything that is listed."""
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(name)
    page.locator("button[name=index]").click()


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_administration_of_everything(stage: Stage) -> None:
    rows(stage, "plant", corpus())
    administration(stage, 60, ("change", "delete", "history"))
