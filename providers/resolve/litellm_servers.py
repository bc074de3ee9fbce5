"""Servers of one's own in an imported configuration: providers of their own, private addresses by a grant."""

import re

from django.utils.translation import gettext as _

from providers.contract.errors import SetupError
from providers.litellm.places import Unusable
from providers.models import Endpoint, Provider
from providers.resolve.setup import NewProvider, set_up_provider
from providers.transport.origin import parse_base_url

NOT_A_SLUG = re.compile(r"[^a-z0-9]+")
PROTOCOL = "openai_chat"


def check_address(base_url: str, *, allow_private: bool) -> None:
    """Raises Unusable for an address that is none, or that is private although nobody has allowed it."""
    if not base_url:
        return
    try:
        parse_base_url(base_url)
    except SetupError as error:
        raise Unusable(error.message.replace("%", "%%")) from None
    if Endpoint(base_url=base_url).is_local and not allow_private:
        host = Endpoint(base_url=base_url).host_port
        raise Unusable(
            "%(host)s is a private address. Import again and allow private addresses if that is wanted.", host=host
        )


def own_server(base_url: str, actor: str, *, allow_private: bool) -> tuple[Provider, str]:
    """The provider at this address, made if there is none yet, and what to say of that."""
    known = Endpoint.objects.filter(provider__from_catalog=False, base_url=base_url, protocol=PROTOCOL)
    found = known.select_related("provider").order_by("pk").first()
    if found is not None:
        return found.provider, ""
    slug = _free_slug(base_url)
    done = set_up_provider(NewProvider(slug, PROTOCOL, base_url, allow_private=allow_private), actor)
    values = {"slug": slug, "url": done.endpoint.url}
    return done.provider, _("The provider %(slug)s was added at %(url)s.") % values


def _free_slug(base_url: str) -> str:
    """A slug that says which host it is."""
    host = Endpoint(base_url=base_url).host_port
    stem = NOT_A_SLUG.sub("-", host.removesuffix(":443").removesuffix(":80")).strip("-")[:56].strip("-") or "server"
    taken = set(Provider.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | {"group", "demo"}
    return next(slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, 1000))) if slug not in taken)
