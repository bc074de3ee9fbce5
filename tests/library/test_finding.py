"""Lists of prompts: search in two scripts, tags, pages, a constant number of queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compare_site.comparisons.access import Principal
from compare_site.library import actions, finding
from compare_site.library.inputs import NewPrompt

pytestmark = pytest.mark.database


def kept(user: Any, name: str, **fields: Any) -> str:
    return actions.create_prompt(user.pk, NewPrompt.model_validate({"name": name, "prompt": "x", **fields}))[0].pk


def names(user: Any, **wanted: Any) -> list[str]:
    return [prompt.name for prompt, _version in finding.search(Principal(user_id=user.pk), **wanted).items]


def test_words_of_both_scripts_are_found_in_what_the_newest_version_says(owner: Any) -> None:
    kept(owner, "Translate", prompt="把{text}翻译成法语", description="For letters")
    kept(owner, "Review", system="ＣＯＤＥ reviewer", tags=["dev_1"])

    assert names(owner, q="翻译") == names(owner, q="letters translate") == ["Translate"]
    assert names(owner, q="code") == names(owner, tag="dev_1") == ["Review"]
    assert names(owner, q="code 翻译") == names(owner, tag="dev") == names(owner, q="\x00") == []


def test_only_ones_own_and_the_teams_are_there(owner: Any, stranger: Any) -> None:
    kept(owner, "mine")
    kept(stranger, "theirs")
    kept(stranger, "shared", team=True, tags=["t"])

    assert names(owner) == ["shared", "mine"]
    assert names(owner, scope="mine") == ["mine"]
    assert names(owner, scope="team") == ["shared"]
    assert finding.tags_of(Principal(user_id=owner.pk)) == ["t"]
    assert finding.search(Principal()).items == []


def test_pages_have_every_prompt_once_in_as_many_queries(owner: Any) -> None:
    for number in range(finding.PAGE + 5):
        kept(owner, f"p{number}")
    who = Principal(user_id=owner.pk)
    with CaptureQueriesContext(connection) as first:
        page = finding.search(who)
    assert page.next is not None
    rest = finding.search(who, cursor=page.next)
    found = [prompt.name for prompt, _version in (*page.items, *rest.items)]

    assert sorted(found) == sorted(f"p{number}" for number in range(finding.PAGE + 5))
    assert rest.next is None
    assert len(first) == 2
    assert finding.search(who, cursor="nonsense").items == []
