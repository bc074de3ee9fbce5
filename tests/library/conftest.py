"""A prompt of the owner."""

from typing import Any

import pytest

from compare_site.library import actions
from compare_site.library.inputs import NewPrompt
from compare_site.library.models import Prompt


@pytest.fixture
def prompt(owner: Any) -> Prompt:
    asked = {"name": "Greeting", "system": "In {language}", "prompt": "Greet {name}", "tags": ["hello"]}
    return actions.create_prompt(owner.pk, NewPrompt.model_validate(asked))[0]
