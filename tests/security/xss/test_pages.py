"""Hostile rows, addresses and inputs on every page: history, composer, picker, sign-in, errors."""

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.security.xss.speech import MARK
from tests.security.xss.stage import COLUMNS, CONTENT, WAIT, Stage, as_model_id, check, corpus, rows, sample, storable

pytestmark = pytest.mark.e2e
PERSON = """
from django.contrib.auth import get_user_model
from django.test import Client
person = get_user_model().objects.create(username={name!r}, is_staff=True, is_superuser=True)
client = Client()
client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
said = {{name: morsel.value for name, morsel in client.cookies.items()}}
"""
DOORS = {
    "anonymous": ("/{0}/?next={0}&q={0}#{0}", "/accounts/sign-in/?next={0}", "/accounts/link/{0}/", "/s/{0}"),
    "owner": ("/c/{0}/", "/static/{0}", "/api/v1/comparisons/{0}", "/api/v1/comparisons?q={0}&cursor={0}"),
    "admin": ("/admin/providers/provider/?q={0}&{0}={0}&o={0}", "/admin/providers/provider/{0}/change/"),
}
"""Who opens which addresses."""


def grid(stage: Stage, texts: list[str]) -> None:
    """Every kind of block, verdict, report, error, attempt and turn, stored; for the owner and for a guest."""
    comparison = rows(stage, "plant_grid", texts)
    owner = stage.page("owner")
    owner.page.goto(f"{stage.site.url}/c/{comparison}/")
    for watched in (owner, stage.shared(comparison)):
        expect(watched.page.locator(CONTENT, has_text=MARK)).to_have_count(len(texts), timeout=WAIT)
        real = watched.page.locator(f"{CONTENT} img")
        expect(real.first).to_be_attached()
        assert all(real.evaluate_all("all => all.map((img) => img.src.startsWith('data:image/png;base64,'))"))
        lies = watched.page.locator(f"{CONTENT} .citation", has_text="www.bank.example").first
        expect(lies).to_contain_text("(evil.example)")
        check(watched)
        watched.page.locator(f"{CONTENT} .samples button").last.click()
        watched.page.get_by_role("button", name="Source", exact=True).click()
        for button in watched.page.locator("[data-do=json]").all()[:2]:
            button.click()
            watched.page.keyboard.press("Escape")
        watched.page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
        check(watched)
        if watched is owner:
            watched.page.locator("ts-follow-up [data-share]").click()
            expect(watched.page.locator("ts-share [data-preview] p").last).to_be_attached()
            check(watched)
        watched.page.context.close()


def test_stored_answers_of_a_sample(stage: Stage) -> None:
    grid(stage, sample(9, seed=6))


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_stored_answers_of_everything(stage: Stage) -> None:
    texts = corpus()
    for first in range(0, len(texts), COLUMNS):
        grid(stage, texts[first : first + COLUMNS])


def history(stage: Stage, texts: list[str], looked_for: int) -> None:
    """The list of comparisons page by page, all chosen, the search with the text in it."""
    rows(stage, "plant", texts)
    watched = stage.page("owner")
    watched.page.goto(f"{stage.site.url}/history/")
    pages = 1
    while True:
        watched.page.locator("[data-all]").click()
        check(watched)
        following = watched.page.locator("a[href*='cursor=']").last
        if following.count() == 0:
            break
        watched.page.goto(f"{stage.site.url}/history/{following.get_attribute('href')}")
        pages += 1
    assert pages >= len(texts) // 60
    for text in together(texts, 60)[:looked_for]:
        query = urlencode({"q": storable(text)[:190], "tag": storable(text)[:60], "model": storable(text)[:60]})
        watched.page.goto(f"{stage.site.url}/history/?{query}#{quote(storable(text))}")
        check(watched)
    watched.page.goto(f"{stage.site.url}/shared/")
    assert watched.page.locator(".row").count() >= min(50, len(texts))
    check(watched)
    watched.page.goto(f"{stage.site.url}/account/spend/")
    assert watched.page.locator("tbody tr").count() >= min(50, len(texts))
    check(watched)
    watched.page.context.close()


def model_list(stage: Stage, texts: list[str]) -> None:
    """The list of models, a search in it, some of them chosen; the page of each; the list of providers."""
    rows(stage, "plant", texts)
    watched = stage.page("owner")
    page = watched.page
    for text in texts:
        page.goto(f"{stage.site.url}/models/?{urlencode({'q': storable(text)[:190], 'sort': '-context'})}")
        check(watched)
    page.goto(f"{stage.site.url}/models/?{urlencode({'sort': 'provider', 'q': MARK})}")
    for box in page.locator("[name=model]:enabled").all()[:8]:
        box.check()
    check(watched)
    for link in [each.get_attribute("href") for each in page.locator("tbody th a").all()[: len(texts)]]:
        page.goto(f"{stage.site.url}{link}")
        check(watched)
    page.goto(f"{stage.site.url}/models/providers/")
    check(watched)
    page.context.close()


def test_the_list_of_models_of_a_sample(stage: Stage) -> None:
    model_list(stage, sample(4, seed=12))


def batches(stage: Stage, texts: list[str]) -> None:
    """The list of batches, each with its rows, and the form with what is wrong in it."""
    planted = rows(stage, "plant_batches", texts)
    watched = stage.page("owner")
    page = watched.page
    page.goto(f"{stage.site.url}/batches/")
    check(watched)
    for batch in planted:
        page.goto(f"{stage.site.url}/batches/{batch}/")
        expect(page.locator("tbody tr")).to_have_count(2)
        check(watched, poke=False)
    page.goto(f"{stage.site.url}/batches/new/")
    page.locator("[name=inputs]").fill(storable(texts[0]) or "x")
    page.locator("[name=models]").fill(storable(texts[0]) or "x")
    with page.expect_navigation():
        page.locator("main form button.primary").click()
    check(watched, poke=False)
    page.context.close()


def test_batches_of_a_sample(stage: Stage) -> None:
    batches(stage, sample(6))


def prompts(stage: Stage, texts: list[str], looked_for: int) -> None:
    """The list of prompts, each with its changes, the form, the question before one is deleted, a search, a file."""
    planted = rows(stage, "plant_prompts", texts)
    watched = stage.page("owner")
    page = watched.page
    page.goto(f"{stage.site.url}/prompts/")
    check(watched)
    for prompt in planted:
        page.goto(f"{stage.site.url}/prompts/{prompt}/?v=2")
        check(watched, poke=False)
    for prompt, text in zip(planted[::2][:looked_for], texts, strict=False):
        page.goto(f"{stage.site.url}/prompts/{prompt}/")
        page.locator("[data-delete]").click()
        check(watched, poke=False)
        page.goto(f"{stage.site.url}/prompts/{prompt}/edit/")
        page.locator("[name=tags]").fill(f"{storable(text)}{'x' * 65}")
        page.locator("[data-save]").click()
        expect(page.locator("#tags-error")).not_to_be_empty()
        check(watched, poke=False)
        page.goto(f"{stage.site.url}/prompts/?{urlencode({'q': storable(text)[:190], 'tag': storable(text)[:60]})}")
        file = json.dumps({"format": storable(text), "prompts": [{storable(text): storable(text)}]}).encode()
        page.locator("[data-file]").set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": file})
        expect(page.locator("[data-problem]")).to_be_visible()
        check(watched, poke=False)
    page.goto(f"{stage.site.url}/")
    page.locator("[data-prompts]").click()
    expect(page.locator(".prompt-option")).not_to_have_count(0)
    check(watched, poke=False)
    page.keyboard.press("Enter")
    expect(page.locator("[data-kept-name] a")).to_be_visible()
    page.locator("[data-kept-examples]").evaluate("(fold) => { fold.open = true; }")
    page.locator("#prompt").fill(f"{storable(texts[0])} {{x}}")
    page.locator(".kept-fields textarea").first.fill(storable(texts[0]))
    check(watched, poke=False)
    page.locator("[data-save-prompt]").click()
    page.fill("#save-tags", f"{storable(texts[0])}{'x' * 65}")
    page.fill("#save-name", storable(texts[0]))
    page.locator("[data-as-new]").click()
    expect(page.locator("#save-tags-error")).not_to_be_empty()
    check(watched, poke=False)
    page.keyboard.press("Escape")
    page.locator("[data-sets]").click()
    expect(page.locator(".set-load")).not_to_have_count(0)
    page.locator(".set [aria-expanded]").first.click()
    check(watched, poke=False)
    page.context.close()


def test_prompts_of_a_sample(stage: Stage) -> None:
    prompts(stage, sample(3, seed=11), 1)


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_prompts_of_everything(stage: Stage) -> None:
    prompts(stage, together(corpus(), 140), 20)


def composing(stage: Stage, texts: list[str]) -> None:
    """Typed into every field, searched in the picker, chosen as a model, kept over a reload."""
    watched = stage.page("owner")
    page = watched.page
    page.goto(f"{stage.site.url}/")
    for text in texts:
        page.locator(".composer-system").evaluate("(all) => { all.open = true; }")
        for name in ("system", "prompt"):
            page.locator(f"ts-composer textarea[name={name}]").fill(storable(text))
        page.locator("ts-composer [name=title]").evaluate("(field, text) => { field.value = text; }", storable(text))
        page.locator("[data-add]").click()
        for typed in (storable(text)[:100], f"pay/{''.join(as_model_id(text).split())}"):
            page.locator("#picker-search").fill(typed)
            check(watched, poke=False)
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.locator("ts-models .model-chip")).not_to_have_count(0)
        page.locator("ts-models [data-edit]").last.click()
        page.locator("[name=own_system]").fill(storable(text))
        page.locator("ts-params details").evaluate_all("(all) => { for (const fold of all) fold.open = true; }")
        page.locator("#p-schema").fill(storable(text))
        page.locator("#p-extra").fill(storable(text))
        page.locator("#p-stop").fill(storable(text))
        page.locator("ts-params [data-apply]").click()
        page.keyboard.press("Escape")
        check(watched, poke=False)
        page.reload()
        check(watched, poke=False)
        page.locator("ts-models [data-remove]").last.click()
    check(watched)
    page.context.close()


def doors(stage: Stage, texts: list[str]) -> None:
    """Addresses of nothing, forms that are refused, and what the API says, each opened as a page."""
    for actor, paths in DOORS.items():
        watched = stage.page(actor)
        for text in texts:
            for path in paths:
                answer = watched.page.goto(f"{stage.site.url}{path.format(quote(storable(text)[:300], safe=''))}")
                assert answer is None or answer.status < 500, path
                check(watched, poke=False)
        check(watched)
        watched.page.context.close()


def signing_in(stage: Stage, texts: list[str]) -> None:
    """Names and passwords that are wrong, here and at the administration's door, and a form without its token."""
    watched = stage.page("anonymous")
    page = watched.page
    for text in texts:
        for path in ("/accounts/sign-in/", "/admin/login/"):
            page.goto(f"{stage.site.url}{path}?next={quote(storable(text), safe='')}")
            page.locator("[name=username]").fill(storable(text)[:140])
            page.locator("[name=password]").fill(storable(text))
            send(page)
            check(watched)
        page.locator("[name=csrfmiddlewaretoken]").first.evaluate("(field, text) => { field.value = text; }", text)
        page.locator("[name=password]").fill("x")
        send(page)
        check(watched)
    page.context.close()


def send(page: Page) -> None:
    """The form with the focus."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def people(stage: Stage, texts: list[str]) -> None:
    """Who has a hostile name sees it on every page; so does the administration, which welcomes them by it."""
    for number, text in enumerate(texts):
        stage.site.jars["named"] = stage.site.run(PERSON.format(name=f"{storable(text)[:140]} {number}"))
        watched = stage.page("named")
        for path in ("/", "/nowhere", "/admin/"):
            watched.page.goto(f"{stage.site.url}{path}")
            check(watched)
        watched.page.context.close()


def test_history_of_a_sample(stage: Stage) -> None:
    history(stage, sample(24), 2)


@pytest.mark.parametrize("walk", [composing, doors, signing_in, people])
def test_a_sample(stage: Stage, walk: Callable[[Stage, list[str]], None]) -> None:
    walk(stage, sample(1 if walk is doors else 2, seed=8))


@pytest.mark.leisure
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("walk", [composing, doors, signing_in, people])
def test_everything(stage: Stage, walk: Callable[[Stage, list[str]], None]) -> None:
    """Several texts at a time, as many as the shortest field holds."""
    walk(stage, together(corpus(), 140))


def together(texts: list[str], room: int) -> list[str]:
    """The same texts, joined to longer ones of at most ``room`` characters."""
    found = [""]
    for text in texts:
        if len(found[-1]) + len(text) >= room:
            found.append("")
        found[-1] += f" {text}" if found[-1] else text
    return found


@pytest.mark.leisure
@pytest.mark.timeout(3600)
def test_history_of_everything(stage: Stage) -> None:
    history(stage, corpus(), 1000)
