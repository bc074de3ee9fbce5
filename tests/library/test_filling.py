"""A version with values becomes the messages of a turn."""

from typing import Any

import pytest

from compare_site.comparisons import actions as comparisons
from compare_site.comparisons import prompt_source, runner, worker_loop
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import Asking, StartComparison
from compare_site.library import actions, filling
from compare_site.library.inputs import NewPrompt
from compare_site.library.models import Prompt
from tests.comparisons.conftest import upstream
from tests.fakes.threaded import ThreadedProvider

__all__ = ["upstream"]

pytestmark = pytest.mark.database


def test_values_are_put_in_once(prompt: Prompt, owner: Any) -> None:
    version = actions.latest_version(prompt)
    filled = filling.filled(owner.pk, version.pk, {"language": "{name}", "name": "{language}"})

    assert filled.system == "In {name}"
    assert filled.messages == [{"role": "user", "content": [{"kind": "text", "text": "Greet {language}"}]}]
    assert (filled.version_id, filled.variables) == (version.pk, {"language": "{name}", "name": "{language}"})


def test_a_message_that_is_empty_with_its_values_is_refused(owner: Any, prompt: Prompt) -> None:
    _, version = actions.create_prompt(owner.pk, NewPrompt(name="n", prompt="{a}"))

    with pytest.raises(Refused) as raised:
        filling.filled(owner.pk, version.pk, {"a": " "})
    assert raised.value.details[0]["field"] == "variables"


def test_the_requests_own_system_prompt_wins(owner: Any, prompt: Prompt) -> None:
    asked = {
        "prompt_version": actions.latest_version(prompt).pk,
        "variables": {"language": "en", "name": "Ann"},
        "system": "{own}",
    }

    assert prompt_source.said(owner.pk, Asking.model_validate(asked)).system == "{own}"
    del asked["system"]
    assert prompt_source.said(owner.pk, Asking.model_validate(asked)).system == "In en"


def test_few_shot_messages_reach_the_provider(
    transactional_db: None, valkey: Any, owner: Any, upstream: ThreadedProvider
) -> None:
    said = [{"role": "user", "content": "Greet {name}"}, {"role": "assistant", "content": "{{Hi}} {name}"}]
    asked = NewPrompt.model_validate(
        {"name": "n", "system": "{x}", "messages": [*said, {"role": "user", "content": "{x}"}]}
    )
    _, version = actions.create_prompt(owner.pk, asked)
    values = {"x": "{name} 文", "name": "Ann"}
    start = {"models": [upstream.as_rows()], "prompt_version": version.pk, "variables": values}
    comparisons.start_comparison(owner.pk, StartComparison.model_validate(start))
    runner.stream_turn(list(Run.objects.values_list("pk", flat=True)))
    worker_loop.leave()

    assert upstream.requests[0].json["messages"] == [
        {"role": "system", "content": "{name} 文"},
        {"role": "user", "content": "Greet Ann"},
        {"role": "assistant", "content": "{Hi} Ann"},
        {"role": "user", "content": "{name} 文"},
    ]


def test_a_plain_prompt_asks_nobody(owner: Any) -> None:
    said = prompt_source.said(0, Asking(prompt="{x}"))

    assert (said.messages[0]["content"][0]["text"], said.version_id, said.variables) == ("{x}", None, None)
