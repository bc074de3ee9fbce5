"""App of the webhooks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HooksConfig(AppConfig):
    name = "compare_site.hooks"
    label = "hooks"
    verbose_name = _("Webhooks")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.comparisons import figures, sweeper
        from compare_site.hooks import deliveries, sealed
        from providers.resolve import register_sealed

        figures.register_end(deliveries.announce)
        sweeper.register_step(deliveries.send_due)
        sweeper.register_step(deliveries.forget_old, rarely=True)
        register_sealed(sealed.SECRETS)
