"""The language of a signed-in person."""

from django.test import Client

from compare_site.accounts.models import User


def test_without_a_choice_the_browser_decides(alice: User) -> None:
    client = Client(headers={"Accept-Language": "zh-CN"})
    client.force_login(alice)

    assert client.get("/").content.decode() == "alice|zh-hans|"


def test_a_language_that_is_gone_does_no_harm(alice: User) -> None:
    User.objects.update(language="tlh")
    client = Client()
    client.force_login(alice)

    assert client.get("/").content.decode() == "alice|en|"


def test_one_persons_language_does_not_stay_for_the_next(alice: User) -> None:
    User.objects.update(language="zh-hans")
    client = Client()
    client.force_login(alice)
    client.get("/")

    assert Client().get("/").content.decode() == "|en|"
