"""Cookies of share links."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from compare_site.comparisons.models import Comparison
from compare_site.sharing import cookies
from compare_site.sharing.actions import ShareOptions, create_share


def test_only_names_that_can_be_ours_are_read(settings: Any) -> None:
    share_id = "a" * 32
    jar = {f"share_{share_id}": "1", "share_short": "2", f"share_{'A' * 32}": "3", f"__Host-share_{'b' * 32}": "4"}

    assert cookies.carried(jar) == {share_id: "1"}
    settings.HTTPS = True
    assert cookies.carried(jar) == {"b" * 32: "4"}


def test_the_cookie_ends_a_day_after_the_share(comparison: Comparison) -> None:
    response = HttpResponse()
    share, _ = create_share(
        comparison, comparison.owner_id, ShareOptions(expires_at=timezone.now() + timedelta(minutes=10))
    )
    cookies.give(response, share)
    endless, _ = create_share(comparison, comparison.owner_id)
    cookies.give(response, endless)

    assert 590 <= response.cookies[cookies.name_of(share.pk)]["max-age"] - cookies.LINGERS <= 600
    assert response.cookies[cookies.name_of(endless.pk)]["max-age"] == cookies.LONGEST
