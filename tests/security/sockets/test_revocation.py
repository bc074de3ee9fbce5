"""Rights that end close the sockets that they had opened, within five seconds."""

from collections.abc import Callable

import pytest

from tests.security.live import Live
from tests.security.sockets.revocations import KINDS, measure
from tests.security.sockets.viewer import closed, dial, outcome, said

WITHIN = 5.0
Act = Callable[[Live], object]
USER = "from django.contrib.auth import get_user_model as m\nu = m().objects.get(username={name!r})\n"


def as_owner(live: Live, code: str) -> None:
    live.run(USER.format(name=live.names["owner"]) + code)


def sign_out(live: Live) -> None:
    with live.http("owner") as client:
        assert client.post("/accounts/sign-out/").status_code == 302


def revoke_share(live: Live) -> None:
    with live.http("owner") as client:
        assert client.delete(f"/api/v1/shares/{live.ids['share_id']}").status_code == 204


def delete(live: Live) -> None:
    with live.http("owner") as client:
        assert client.delete(f"/api/v1/comparisons/{live.ids['comparison_id']}").status_code == 204


def disable(live: Live) -> None:
    as_owner(live, "u.is_active = False; u.save()")


def change_password(live: Live) -> None:
    as_owner(live, "u.set_password('another long password'); u.save()")


def revoke_token(live: Live) -> None:
    as_owner(live, "u.api_tokens.all().delete()")


def expire_session(live: Live) -> None:
    key = live.jars["owner"]["touchstone_session"]
    as_owner(
        live,
        "from django.contrib.sessions.models import Session\nfrom django.utils import timezone\n"
        f"assert Session.objects.filter(pk={key!r}).update(expire_date=timezone.now())",
    )


def expire_share(live: Live) -> None:
    as_owner(
        live,
        "from compare_site.sharing.models import Share\nfrom django.utils import timezone\n"
        f"assert Share.objects.filter(pk={live.ids['share_id']!r}).update(expires_at=timezone.now())",
    )


def delete_user(live: Live) -> None:
    as_owner(live, "u.delete()")


def change_share_password(live: Live) -> None:
    with live.http("owner") as client:
        answer = client.patch(f"/api/v1/shares/{live.ids['share_id']}", json={"password": "another password"})
        assert answer.status_code == 200


CASES: list[tuple[str, str, Act, set[str], set[str]]] = [
    ("signing out", "owner", sign_out, {"closed 4403"}, {"closed 4401"}),
    ("an expired session", "owner", expire_session, {"closed 4403"}, {"closed 4401"}),
    ("another password", "owner", change_password, {"closed 4403"}, {"closed 4401"}),
    ("a disabled user", "owner", disable, {"closed 4403"}, {"closed 4401"}),
    ("a disabled user's token", "owner_token", disable, {"closed 4403"}, {"closed 4401"}),
    ("a disabled user's share", "viewer", disable, {"closed 4403"}, {"closed 4401"}),
    ("a revoked token", "owner_token", revoke_token, {"closed 4403"}, {"closed 4401"}),
    ("a revoked share", "viewer", revoke_share, {"closed 4403"}, {"closed 4401"}),
    ("another password of a share", "viewer", change_share_password, {"closed 4403"}, {"closed 4401"}),
    ("an expired share", "viewer", expire_share, {"closed 4403"}, {"closed 4401"}),
    ("a deleted comparison", "owner", delete, {"closed 4410"}, {"closed 4404"}),
    ("a deleted comparison, by token", "owner_token", delete, {"closed 4410"}, {"closed 4404"}),
    ("a deleted comparison, by link", "viewer", delete, {"closed 4410", "closed 4403"}, {"closed 4401"}),
    ("a deleted user", "owner", delete_user, {"closed 4403", "closed 4410"}, {"closed 4401"}),
]


@pytest.mark.parametrize(
    ("actor", "act", "ends", "afterwards"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_the_socket_is_closed(site: Live, actor: str, act: Act, ends: set[str], afterwards: set[str]) -> None:
    live = site.fresh()
    with dial(live, actor, live.url) as socket, dial(live, actor, live.url) as silent:
        assert said(socket) == "open"
        act(live)
        assert closed(socket, WITHIN) in ends
        if ends == {"closed 4403"}:  # a right that ended, whether the viewer had said hello or not
            assert closed(silent, WITHIN) in ends
    assert outcome(live, actor, live.url) in afterwards


def test_other_logins_and_people_stay(site: Live) -> None:
    live = site.fresh()
    with (
        dial(live, "owner", live.url) as leaving,
        dial(live, "owner_token", live.url) as script,
        dial(live, "viewer", live.url) as viewer,
    ):
        assert [said(socket) for socket in (leaving, script, viewer)] == ["open", "open", "open"]
        sign_out(live)
        assert closed(leaving, WITHIN) == "closed 4403"
        revoke_token(live)
        assert closed(script, WITHIN) == "closed 4403"
        assert viewer.ping().wait(10)
        assert outcome(live, "viewer", live.url) == "open"


async def test_links_that_end_bring_no_frame_after_five_seconds(site: Live) -> None:
    ends = await measure(site, KINDS, 2)
    print(f"\n{ends}")
    assert ends.still_open == 0
    assert ends.codes <= {4403, 4410}
    assert max(seconds for each in ends.last_frame.values() for seconds in each) <= WITHIN


@pytest.mark.leisure
@pytest.mark.parametrize("kind", KINDS)
async def test_a_hundred_links_of_a_kind(site: Live, kind: str) -> None:
    ends = await measure(site, (kind,), 100)
    print(f"\n{ends}")
    assert ends.still_open == 0
    assert len(ends.closed[kind]) == 100
    assert max(ends.last_frame[kind]) <= WITHIN
