"""Prompts: versions are for ever."""

from typing import Any

import pytest

from compare_site.library import actions
from compare_site.library.inputs import PromptChange
from compare_site.library.models import Prompt

pytestmark = pytest.mark.database


def test_a_version_cannot_be_saved_again(prompt: Prompt) -> None:
    version = actions.latest_version(prompt)
    version.system = "other"

    with pytest.raises(TypeError):
        version.save()


def test_search_follows_the_newest_version_and_the_name(prompt: Prompt, owner: Any) -> None:
    assert prompt.search_text == "greeting\nhello\nin {language}\ngreet {name}"
    changed, newest = actions.change_prompt(
        prompt, PromptChange.model_validate({"name": "Ｎｅｗ", "tags": [], "content": {"prompt": "Bye"}}), owner.pk
    )

    assert changed.search_text == "new\nbye"
    assert (newest.number, newest.created_by_id) == (2, owner.pk)


def test_renaming_makes_no_version(prompt: Prompt, owner: Any) -> None:
    _, newest = actions.change_prompt(prompt, PromptChange(name="Other", description="d", team=True), owner.pk)

    assert newest.number == 1
    assert Prompt.objects.get().team


def test_a_deleted_prompt_cannot_be_changed(prompt: Prompt, owner: Any) -> None:
    actions.delete_prompt(Prompt.objects.get())

    with pytest.raises(actions.Refused) as raised:
        actions.change_prompt(prompt, PromptChange(name="x"), owner.pk)
    assert raised.value.status == 404
