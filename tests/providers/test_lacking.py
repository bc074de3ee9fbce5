"""What models and groups are known to lack."""

import pytest

from providers.models import ChatModel, Deployment, ModelGroup
from providers.resolve import lacking, sync_catalog

pytestmark = pytest.mark.django_db


def test_what_is_known_of_models_and_of_all_members_of_a_group(django_assert_max_num_queries: object) -> None:
    sync_catalog()
    fast, slow = (ChatModel.objects.get(model_id=name, provider__slug="demo") for name in ("fast", "slow"))
    ChatModel.objects.filter(pk=fast.pk).update(capabilities={"image_input": False})
    ChatModel.objects.filter(pk=slow.pk).update(capabilities={})
    for name, members in (("blind", [fast]), ("mixed", [fast, slow]), ("empty", [])):
        group = ModelGroup.objects.create(name=name)
        for member in members:
            Deployment.objects.create(group=group, chat_model=member)
    asked = ["demo/fast", "demo:fast", "demo/slow", "nobody/x", "odd", "group/blind", "group/mixed", "group/empty"]

    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert lacking(asked, "image_input") == {"demo/fast", "demo:fast", "group/blind"}
