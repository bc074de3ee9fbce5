"""Searching models: what is unknown matches no filter and comes last; a page costs the same however many there are."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from providers.models import ChatModel, Deployment, ModelGroup, Provider
from providers.resolve import Catalogue, Wanted, select
from tests.providers.key_fixtures import make_provider

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NOTHING: dict[str, tuple[float | None, float | None]] = {}


@pytest.fixture
def shelf() -> Provider:
    """Four models at a service without a key, one on a server at home."""
    shelf = make_provider("shelf", "https://shelf.example/v1")
    home = make_provider("home", "http://127.0.0.1:9/v1", kind="none")
    rows = [
        ChatModel(
            provider=shelf, model_id="big", label="Ｂig one", capabilities={"tools": True}, context_window=200_000
        ),
        ChatModel(provider=shelf, model_id="cheap", prices={"input": "0.1", "output": "0.4"}, context_window=8192),
        ChatModel(
            provider=shelf, model_id="dear", prices={"input": "0.1", "output": "40"}, capabilities={"tools": False}
        ),
        ChatModel(provider=shelf, model_id="nothing-known"),
        ChatModel(provider=home, model_id="mine", capabilities={"tools": True}),
    ]
    for row in rows:
        row.source = "listed"
    ChatModel.objects.bulk_create(rows)
    return shelf


def ids(wanted: Wanted, measured: dict[str, tuple[float | None, float | None]] = NOTHING) -> list[str]:
    entries = [entry for entry in Catalogue(frozenset()).entries if entry.provider in {"shelf", "home", "group"}]
    return [entry.id for entry in select(entries, wanted, measured)]


def test_what_can_be_used_comes_first(shelf: Provider) -> None:
    assert ids(Wanted()) == ["home/mine", "shelf/big", "shelf/cheap", "shelf/dear", "shelf/nothing-known"]


def test_filters_want_what_is_known(shelf: Provider) -> None:
    assert ids(Wanted(can=("tools",))) == ["home/mine", "shelf/big"]
    assert ids(Wanted(can=("tools",), local=False)) == ["shelf/big"]
    assert ids(Wanted(available=True)) == ["home/mine"]
    assert ids(Wanted(most=Decimal(1))) == ["shelf/cheap"], "of the dear one only the input is cheap"
    assert ids(Wanted(context=8192)) == ["shelf/big", "shelf/cheap"]
    assert ids(Wanted(providers=("home",))) == ["home/mine"]
    assert ids(Wanted(q="SHELF big")) == ["shelf/big"]
    assert ids(Wanted(q="big one")) == ["shelf/big"], "full-width letters are letters"


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_not_known_comes_last_either_way(shelf: Provider, descending: bool) -> None:
    found = ids(Wanted(sort="output", descending=descending))
    assert found[:2] == (["shelf/dear", "shelf/cheap"] if descending else ["shelf/cheap", "shelf/dear"])
    speeds = {"shelf/dear": (10.0, None), "shelf/big": (90.0, 5.0)}
    fast = ids(Wanted(sort="speed", descending=descending), speeds)
    assert fast[:2] == (["shelf/big", "shelf/dear"] if descending else ["shelf/dear", "shelf/big"])
    assert ids(Wanted(sort="ttft"), speeds)[0] == "shelf/big"


def test_groups_are_among_them_and_what_is_switched_off_is_not(shelf: Provider) -> None:
    group = ModelGroup.objects.create(name="pair")
    Deployment.objects.create(group=group, chat_model=ChatModel.objects.get(model_id="mine"))
    ChatModel.objects.filter(model_id="big").update(enabled=False)
    found = ids(Wanted(can=("tools",)))
    assert found == ["group/pair", "home/mine"]
    Provider.objects.filter(slug="home").update(enabled=False)
    assert "home/mine" not in ids(Wanted())


def test_a_page_has_all_that_is_known_in_its_order(shelf: Provider) -> None:
    catalogue = Catalogue(frozenset())
    entries = select(catalogue.entries, Wanted(q="shelf", sort="output", descending=True), NOTHING)
    listings = catalogue.listings(entries[:2])
    assert [listing.id for listing in listings] == ["shelf/dear", "shelf/cheap"]
    assert (listings[0].capabilities["tools"], listings[0].capabilities["reasoning"]) == (False, None)


def test_more_models_cost_no_more_queries(shelf: Provider) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            catalogue = Catalogue(frozenset())
            catalogue.listings(select(catalogue.entries, Wanted(), NOTHING)[:50])
        return len(queries)

    before = count()
    rows = [ChatModel(provider=shelf, model_id=f"m{n}", source="listed") for n in range(300)]
    ChatModel.objects.bulk_create(rows)
    assert count() == before
