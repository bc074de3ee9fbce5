"""The pages as a browser without JavaScript sees them: who gets what, and that hostile text stays text."""

import json
import re
from html import unescape
from typing import Any

import pytest
from django.template import loader
from django.test import Client
from django.urls import reverse

from compare_site.comparisons import actions, takeover
from compare_site.comparisons.listing import money
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import StartComparison

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&lt;"


@pytest.fixture
def browser(owner: Any) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def start(user: Any, prompt: str = "Why is the sky blue?", **fields: Any) -> Comparison:
    asked = StartComparison.model_validate({"prompt": prompt, "models": ["demo/fast", "demo/slow"], **fields})
    return actions.start_comparison(user.pk, asked)[0]


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def state_in(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="ts-state" type="application/json">(.*?)</script>', html, re.S)
    assert found is not None
    state: dict[str, Any] = json.loads(found.group(1))
    return state


def without_tokens(html: str) -> str:
    """The page without its CSRF tokens, which are masked anew each time."""
    return re.sub(r'(content|value)="\w{64}"', "", html)


def headings(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'class="history-title"><a href="[^"]+">(.*?)</a>', html)]


def test_the_playground_has_a_composer_and_no_state(browser: Client) -> None:
    html = page(browser, reverse("playground"))
    assert 'data-page="playground"' in html
    assert re.search(r"<ts-composer(?! hidden)", html)
    assert re.search(r"<ts-follow-up[^>]* hidden", html)
    assert "ts-state" not in html


def test_a_comparison_brings_its_state_and_its_socket(browser: Client, owner: Any) -> None:
    comparison = start(owner, title="Sky")
    html = page(browser, reverse("comparison", args=[comparison.pk]))
    assert f'data-ws-path="/ws/comparisons/{comparison.pk}/"' in html
    assert "<title>Sky · Touchstone</title>" in html
    assert re.search(r"<ts-composer hidden", html)
    state = state_in(html)
    assert [column["model"] for column in state["columns"]] == ["demo/fast", "demo/slow"]
    assert [run["status"] for run in state["runs"]] == ["queued", "queued"]


def test_what_people_and_models_wrote_is_never_markup(browser: Client, owner: Any) -> None:
    comparison = start(owner, prompt=HOSTILE, title=HOSTILE, tags=[HOSTILE[:64]], system=HOSTILE)
    for url in (reverse("comparison", args=[comparison.pk]), reverse("history")):
        html = page(browser, url)
        assert "<img src=x" not in html
        assert html.count("<script") == html.count("</script>")
    assert state_in(page(browser, reverse("comparison", args=[comparison.pk])))["title"] == HOSTILE


def test_somebody_elses_comparison_does_not_exist(browser: Client, owner: Any, stranger: Any, admin: Any) -> None:
    comparison = start(owner)
    url = reverse("comparison", args=[comparison.pk])
    for user in (stranger, admin):
        client = Client()
        client.force_login(user)
        missing = page(client, reverse("comparison", args=["0" * 32]), 404)
        assert without_tokens(page(client, url, 404)) == without_tokens(missing.replace("0" * 32, comparison.pk))
        assert headings(page(client, reverse("history"))) == []


def test_nobody_is_sent_to_sign_in_and_back(owner: Any) -> None:
    for url in (reverse("playground"), reverse("history"), reverse("comparison", args=[start(owner).pk])):
        response = Client().get(url)
        assert response.status_code == 302
        assert response.headers["Location"] == f"{reverse('sign-in')}?next={url}"


def test_pages_are_read_only_and_not_kept_by_anybody(browser: Client, owner: Any) -> None:
    comparison = start(owner)
    for url in (reverse("playground"), reverse("history"), reverse("comparison", args=[comparison.pk])):
        assert "no-store" in browser.get(url).headers["Cache-Control"]
        assert browser.post(url).status_code == 405


def test_history_says_what_to_do_when_it_is_empty(browser: Client) -> None:
    html = page(browser, reverse("history"))
    assert "No comparisons yet" in html
    assert "Nothing found" in page(browser, reverse("history") + "?q=nothing")


def test_history_lists_newest_first_with_states_cost_and_models(browser: Client, owner: Any) -> None:
    start(owner, prompt="First line\nsecond line", models=["demo/fast"] * 3 + ["demo/slow"])
    done = start(owner, title="With a title", tags=["maths", "数学"])
    for run in done.runs.all():
        takeover.end_run(run, "interrupted")
    done.runs.update(cost="0.0006")
    html = page(browser, reverse("history"))
    assert headings(html) == ["With a title", "First line"]
    assert "second line" in html
    assert "demo/fast ×3" in html
    assert "2 interrupted" in html
    assert "4 queued" in html
    assert "$0.0012" in html
    assert "#数学" in html


def test_search_finds_chinese_and_english_by_words_tag_and_model(browser: Client, owner: Any) -> None:
    start(owner, prompt="为什么天空是蓝色的？", tags=["物理"])
    start(owner, prompt="Why is the SKY blue?", models=["demo/thinker"])
    history = reverse("history")
    assert headings(page(browser, f"{history}?q=天空")) == ["为什么天空是蓝色的？"]
    assert headings(page(browser, f"{history}?q=sky+blue")) == ["Why is the SKY blue?"]
    assert headings(page(browser, f"{history}?tag=物理")) == ["为什么天空是蓝色的？"]
    assert headings(page(browser, f"{history}?model=thinker")) == ["Why is the SKY blue?"]
    assert headings(page(browser, f"{history}?q=sky&tag=物理")) == []


def test_older_pages_keep_the_search(browser: Client, owner: Any) -> None:
    for number in range(31):
        start(owner, prompt=f"sky {number}", models=["demo/fast"])
    html = page(browser, reverse("history") + "?q=sky")
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following is not None
    assert len(headings(html)) == 30
    assert headings(page(browser, reverse("history") + unescape(following.group(1)))) == ["sky 0"]


def test_a_search_that_cannot_be_asked_says_so(browser: Client) -> None:
    html = page(browser, reverse("history") + "?q=" + "x" * 201)
    assert 'role="alert"' in html
    assert page(browser, reverse("history") + "?q=%00&cursor=nonsense")


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "$0"), ("12.345", "$12.34"), ("0.0456789", "$0.0457"), ("0.00081234", "$0.00081"), ("1", "$1.00")],
)
def test_money_shows_the_digits_that_matter(amount: str, text: str) -> None:
    assert money({"amount": amount, "currency": "USD"}) == text


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_need_no_context(name: str) -> None:
    html = loader.get_template(name).render()
    assert "<h1" in html
    assert 'href="/"' in html or 'href="/accounts/sign-in/"' in html


def act(browser: Client, what: str, *ids: str, **said: str) -> str:
    """A button of a list; the page that it leads to."""
    reply = browser.post(reverse("history-act"), {"act": what, "id": ids, **said}, follow=True)
    assert reply.status_code == 200
    return reply.content.decode()


def test_a_list_is_worked_with_by_plain_forms(browser: Client, owner: Any, stranger: Any) -> None:
    one, two, three = (start(owner, title=f"Sky {number}") for number in range(3))
    theirs = start(stranger, title="Theirs")
    html = act(browser, "pin", one.pk, theirs.pk, back="q=sky")
    assert headings(html) == ["Sky 0", "Sky 2", "Sky 1"]
    assert "1 comparison is pinned." in html
    assert 'href="?tag=blue"' in act(browser, "tag", two.pk, three.pk, tag="blue")
    html = act(browser, "delete", two.pk, three.pk, theirs.pk)
    assert headings(html) == ["Sky 0"]
    assert "2 comparisons are in the trash." in html
    undo = re.search(r'<form class="note note-ok undo".*?</form>', html, re.DOTALL)
    assert undo is not None
    assert re.findall(r'name="id" value="(\w+)"', undo[0]) == [two.pk, three.pk]
    assert "undo" not in page(browser, reverse("history")), "offered once"
    assert headings(act(browser, "restore", two.pk, undo="1")) == ["Sky 0", "Sky 1"]
    assert "Choose some comparisons first." in act(browser, "delete")
    assert "Write the tag first." in act(browser, "tag", one.pk)


def test_the_trash_lists_restores_and_empties(browser: Client, owner: Any, settings: Any) -> None:
    assert "The trash is empty" in page(browser, reverse("trash"))
    one, two = (start(owner, title=title) for title in ("Sky", "Sea"))
    html = act(browser, "delete", one.pk, two.pk)
    assert "2 comparisons are in the trash. This can be undone for 30 days." in html
    assert html.count("in the trash.") == 1
    html = page(browser, reverse("trash") + "?q=sea")
    assert re.findall(r'class="history-title">([^<]+)<', html) == ["Sea"]
    assert "Gone for good on" in html
    assert f'href="/c/{one.pk}/"' not in html
    assert page(browser, reverse("comparison", args=[one.pk]), 404)
    assert "1 comparison is gone for good." in act(browser, "purge", two.pk)
    assert "1 comparison is back." in act(browser, "restore", one.pk)
    assert headings(page(browser, reverse("history"))) == ["Sky"]
    settings.TRASH_DAYS = 0
    html = act(browser, "delete", one.pk)
    assert "1 comparison is gone for good." in html
    assert "Undo" not in html


def test_filters_that_mean_nothing_keep_what_was_typed(browser: Client) -> None:
    html = page(browser, reverse("history") + "?since=soon&metadata=x")
    assert 'value="soon" aria-invalid="true" aria-describedby="since-error"' in html
    assert "Write a key and a value: key=value" in html
    assert '<details class="more-filters" open>' in html
