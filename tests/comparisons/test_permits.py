"""Rights hold for everything that starts something, and leave no trace where they refuse."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from compare_site.accounts.models import MemberRule
from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import actions
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import AddTurn
from providers.models import ChatModel
from providers.resolve import sync_catalog
from tests.comparisons.driving import QUICK, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


@pytest.fixture(autouse=True)
def _catalog(db: None) -> None:
    sync_catalog()


def _refusal(action: Any) -> tuple[int, str, Any]:
    with pytest.raises(actions.Refused) as raised:
        action()
    return raised.value.status, raised.value.code, raised.value.details


def test_a_viewer_starts_nothing_and_continues_nothing(owner: Any) -> None:
    comparison = started(owner, QUICK)
    comparison.runs.update(state="finished")
    get_user_model().objects.update(role="viewer")

    assert _refusal(lambda: started(owner, QUICK))[:2] == (403, "read_only")
    assert _refusal(lambda: actions.add_turn(comparison, AddTurn(prompt="and?")))[:2] == (403, "read_only")
    assert _refusal(lambda: actions.rerun(comparison.runs.get()))[:2] == (403, "read_only")
    assert actions.update_details(comparison, "still mine", None).title == "still mine"
    assert (Comparison.objects.count(), comparison.turns.count(), comparison.runs.count()) == (1, 1, 1)


def test_typed_ids_and_extra_fields_can_be_kept_from_members(owner: Any) -> None:
    started(owner, "demo/typed-before")
    MemberRule.objects.create(typed_models=False, extra_fields=False)

    for model in ("demo/never-seen", "demo:never-seen", "demo/typed-before"):
        status, code, details = _refusal(lambda model=model: started(owner, "demo/fast", model))
        assert (status, code, details["field"]) == (403, "typed_not_allowed", "models.1")
    column = {"model": "demo/fast", "extra": {"top_k": 1}}
    assert _refusal(lambda: started(owner, column))[:2] == (403, "extra_not_allowed")
    assert not ChatModel.objects.filter(model_id="never-seen").exists()
    assert started(owner, "demo/fast").columns.count() == 1


def test_only_models_of_the_list_and_no_row_for_others(owner: Any, admin: Any) -> None:
    MemberRule.objects.create(allowed_models="demo/fa*")

    for model in ("demo/thinker", "demo:thinker", "openai/new-one", "group/team"):
        assert _refusal(lambda model=model: started(owner, model))[:2] == (403, "model_not_allowed")
    assert not ChatModel.objects.filter(model_id="new-one").exists()
    assert started(owner, "demo:fast").columns.get().model == "demo/fast"
    assert started(admin, "demo/thinker").columns.get().model == "demo/thinker"


def test_no_other_model_comes_in_by_routing_or_extra_fields(owner: Any) -> None:
    MemberRule.objects.create(allowed_models="demo/fast\ndemo/think*")
    by_routing = {"model": "demo/fast", "routing": {"models": ["openai/gpt"]}}

    for column in (by_routing, {"model": "demo/fast", "extra": {"Model": "gpt"}}):
        assert _refusal(lambda column=column: started(owner, column))[:2] == (403, "model_not_allowed")
    assert _refusal(lambda: started(owner, "demo/fast", routing={"models": ["gpt"]}))[2]["model"] == "demo/gpt"
    allowed = {"model": "demo/fast", "routing": {"models": ["thinker"]}, "extra": {"top_k": 1}}
    comparison = started(owner, allowed)

    comparison.runs.update(state="finished")
    comparison.columns.update(overrides={"routing": {"models": ["slow"]}})
    assert _refusal(lambda: actions.rerun(comparison.runs.get()))[1] == "model_not_allowed"
    comparison.columns.update(overrides={})
    Comparison.objects.update(settings={"routing": {"models": ["slow"]}})
    comparison = Comparison.objects.get()
    assert _refusal(lambda: actions.add_turn(comparison, AddTurn(prompt="and?")))[1] == "model_not_allowed"


def test_extra_fields_do_not_replace_the_model_of_a_column(owner: Any, admin: Any) -> None:
    for user, name in ((owner, "model"), (admin, "modelId")):
        status, code, details = _refusal(lambda user=user, name=name: _with_extra(user, {"top_k": 1, name: "gpt"}))
        assert (status, code, details["field"]) == (422, "extra_names_model", "models.1.extra")
    assert _with_extra(owner, {"top_k": 1, "models": ["gpt"]}).columns.count() == 2


def _with_extra(user: Any, extra: dict[str, Any]) -> Comparison:
    return started(user, "demo/fast", {"model": "demo/fast", "extra": extra})


def test_what_was_allowed_may_not_be_so_any_more(owner: Any) -> None:
    comparison = started(owner, "demo/thinker")
    comparison.runs.update(state="finished")
    MemberRule.objects.create(user=owner, allowed_models="demo/fast")

    assert _refusal(lambda: actions.add_turn(comparison, AddTurn(prompt="and?")))[1] == "model_not_allowed"
    assert _refusal(lambda: actions.rerun(comparison.runs.get()))[1] == "model_not_allowed"


def test_the_api_says_the_same(client: Any, owner: Any) -> None:
    MemberRule.objects.create(allowed_models="demo/fast")
    _, token = create_api_token(owner)
    answer = client.post(
        "/api/v1/comparisons",
        {"prompt": "hi", "models": ["demo/thinker"]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "model_not_allowed"
    assert "administrator" in answer.json()["error"]["message"]
