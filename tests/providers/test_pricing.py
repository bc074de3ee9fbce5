"""Prices of models and groups, known and unknown."""

import pytest

from providers.models import ChatModel, Deployment, Endpoint, ModelGroup, Provider
from providers.resolve import prices_for, sync_catalog

pytestmark = pytest.mark.django_db
FAST = {"input": "0.10", "output": "0.40"}


@pytest.fixture(autouse=True)
def _catalog(db: None) -> None:
    sync_catalog()


def test_models_by_their_rows_and_the_list_of_prices(django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        found = prices_for(["demo/fast", "demo:fast", "demo/slow", "demo/typed", "nobody/x", "openai/gpt-4o", "odd"])

    assert found["demo/fast"] == found["demo:fast"] == [FAST]
    assert found["demo/slow"] == found["demo/typed"] == [None]
    assert found["openai/gpt-4o"][0] is not None
    assert not {"nobody/x", "odd"} & found.keys()


def test_a_server_at_home_has_no_vendors_prices() -> None:
    Endpoint.objects.filter(provider__slug="openai").update(base_url="http://127.0.0.1:9/v1")

    assert prices_for(["openai/gpt-4o-typed", "openai/gpt-4o"])["openai/gpt-4o-typed"] == [None]


def test_a_group_costs_what_its_members_do() -> None:
    group = ModelGroup.objects.create(name="team")
    for model_id in ("fast", "slow"):
        Deployment.objects.create(
            group=group, chat_model=ChatModel.objects.get(model_id=model_id, provider__slug="demo")
        )
    home = ChatModel.objects.create(provider=Provider.objects.get(slug="openai"), model_id="gpt-4o-of-mine")
    Deployment.objects.create(group=group, chat_model=home, base_url="http://127.0.0.1:9/v1")

    assert sorted(prices_for(["group/team"])["group/team"], key=str) == sorted([FAST, None, None], key=str)
    assert prices_for(["group/none"]) == {"group/none": []}
