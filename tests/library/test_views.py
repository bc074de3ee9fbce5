"""The pages of the library as a browser without JavaScript sees them."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compare_site.comparisons.models import Comparison, Turn
from compare_site.library import actions
from compare_site.library.inputs import NewPrompt, PromptChange
from compare_site.library.models import Prompt

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&lt;"


@pytest.fixture
def browser(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_list_finds_filters_and_says_what_to_do_when_it_is_empty(
    browser: Client, owner: Any, stranger: Any
) -> None:
    assert "No prompts yet" in page(browser, reverse("prompts"))
    for name, who in (("Greeting", owner), ("翻译", stranger)):
        asked = {"name": name, "prompt": "Say {word}", "tags": [f"of {name}"], "team": True}
        actions.create_prompt(who.pk, NewPrompt.model_validate(asked))
    html = page(browser, reverse("prompts"))
    assert re.findall(r'class="row-title"><a href="[^"]+">(.*?)</a>', html) == ["翻译", "Greeting"]
    assert "{word}" in text_of(html)
    assert "by stranger" in html
    for query, there in (("q=翻译", True), ("q=greeting", False), ("tag=of+翻译", True), ("scope=mine", False)):
        assert ("翻译</a></h2>" in page(browser, f"{reverse('prompts')}?{query}")) is there
    nothing = page(browser, f"{reverse('prompts')}?q=nowhere&scope=mine")
    assert "Nothing found" in nothing
    assert 'name="scope" value="mine"' in nothing


def test_who_lets_the_team_see_a_prompt_is_told_first_that_older_versions_go_along(
    browser: Client, owner: Any, prompt: Prompt
) -> None:
    edit = reverse("edit-prompt", args=(prompt.pk,))
    assert "the version that only you can see now" in text_of(page(browser, edit))
    actions.change_prompt(prompt, PromptChange.model_validate({"content": {"prompt": "Another"}}), owner.pk)
    html = page(browser, edit)
    assert "They will also see all 2 versions that only you can see now." in text_of(html)
    assert 'aria-describedby="team-hint team-versions"' in html
    Prompt.objects.update(team=True)
    assert "only you can see now" not in text_of(page(browser, edit))


def test_a_prompt_shows_its_versions_what_changed_and_where_it_was_used(
    browser: Client, owner: Any, prompt: Prompt
) -> None:
    first = actions.latest_version(prompt)
    content = {"system": "In {language}", "prompt": "Greet {name}\nwarmly"}
    actions.change_prompt(prompt, PromptChange.model_validate({"content": content}), owner.pk)
    comparison = Comparison.objects.create(owner=owner)
    said = [{"role": "user", "content": [{"kind": "text", "text": "Greet Ann"}]}]
    Turn.objects.create(comparison=comparison, position=0, messages=said, prompt_version=first)
    url = reverse("prompt", args=[prompt.pk])
    newest = page(browser, url)
    assert "Changed since version 1" in newest
    assert re.findall(r'<li class="(\w+)">.*?<span class="line">(.*?)</span>', newest) == [
        ("same", "Greet {name}"),
        ("added", "warmly"),
    ]
    assert "None yet." in newest
    assert f'/edit/">{"Edit"}' in newest
    old = page(browser, f"{url}?v=1")
    assert "This is version 1, not the newest." in old
    assert f'<a href="{reverse("comparison", args=[comparison.pk])}">Greet Ann</a>' in old
    assert "used in 1 comparison" in old
    for number in ("3", "x", "0", "9" * 30, "١"):
        page(browser, f"{url}?v={number}", 404)


def test_teammates_read_what_is_shared_and_have_no_form(owner: Any, stranger: Any, prompt: Prompt) -> None:
    mate = Client()
    mate.force_login(stranger)
    url, form = reverse("prompt", args=[prompt.pk]), reverse("edit-prompt", args=[prompt.pk])
    page(mate, url, 404)
    Prompt.objects.update(team=True)
    html = page(mate, url)
    assert "data-delete" not in html
    assert "data-duplicate" in html
    assert form not in html
    page(mate, form, 404)


def test_the_form_brings_the_newest_version(browser: Client, prompt: Prompt) -> None:
    assert "ts-prompt-form" in page(browser, reverse("new-prompt"))
    html = page(browser, reverse("edit-prompt", args=[prompt.pk]))
    found = re.search(r'<script id="ts-prompt" type="application/json">(.*?)</script>', html, re.S)
    assert found is not None
    assert json.loads(found.group(1))["version"]["messages"] == [{"role": "user", "content": "Greet {name}"}]


def test_what_people_wrote_is_never_markup(browser: Client, owner: Any) -> None:
    asked = {"name": HOSTILE, "description": HOSTILE, "tags": [HOSTILE], "system": HOSTILE, "prompt": HOSTILE}
    prompt, _ = actions.create_prompt(owner.pk, NewPrompt.model_validate(asked))
    change = PromptChange.model_validate({"content": {"prompt": HOSTILE * 2}})
    actions.change_prompt(prompt, change, owner.pk)
    for url in (reverse("prompts"), reverse("prompt", args=[prompt.pk]), reverse("edit-prompt", args=[prompt.pk])):
        html = page(browser, url)
        assert "<img src=x" not in html
        assert html.count("<script") == html.count("</script>")
