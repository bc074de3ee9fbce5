"""The tags of what people keep."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compare_site.library import column_sets
from compare_site.library.inputs import NewColumnSet

pytestmark = pytest.mark.django_db


def test_a_new_playground_brings_the_default_set_of_its_person_alone(owner: Any, stranger: Any) -> None:
    asked = {"name": "</script><b>", "columns": ["demo/fast"], "team": True}
    column_sets.make_default(owner.pk, column_sets.create_set(owner.pk, NewColumnSet.model_validate(asked)))
    pages = []
    for user in (owner, stranger):
        client = Client()
        client.force_login(user)
        pages.append(client.get(reverse("playground")).content.decode())
    found = re.search(r'<script id="ts-default-columns" type="application/json">(.*?)</script>', pages[0])

    assert found is not None
    assert json.loads(found.group(1))["name"] == "</script><b>"
    assert "ts-default-columns" not in pages[1]
