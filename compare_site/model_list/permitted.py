"""Models as one person may use them: what is not allowed to them is listed, and says so instead of being offered."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from compare_site.comparisons.rights import Rights
from providers.resolve import ModelListing


def permitted(listings: Iterable[ModelListing], rights: Rights) -> list[ModelListing]:
    """The same, with those that these rights leave out not available."""
    return [_marked(listing, rights) for listing in listings]


def _marked(listing: ModelListing, rights: Rights) -> ModelListing:
    if rights.allows(listing.id) and (rights.typed_models or not listing.typed):
        return listing
    why = _("Not among the models that you may use. An administrator can change that.")
    return listing.model_copy(update={"available": False, "why_unavailable": why})
