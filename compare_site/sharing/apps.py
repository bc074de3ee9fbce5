"""App of the share links."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharingConfig(AppConfig):
    name = "compare_site.sharing"
    label = "sharing"
    verbose_name = _("Sharing")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.comparisons import access
        from compare_site.sharing import grants

        access.register_grants(grants.share_grants_of)
        access.register_liveness(grants.ended_shares)
        access.register_way_back(grants.way_back)
        access.register_frozen(grants.frozen_state_of)
