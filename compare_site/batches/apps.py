"""App of the batches."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BatchesConfig(AppConfig):
    name = "compare_site.batches"
    label = "batches"
    verbose_name = _("Batches")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.batches import pump
        from compare_site.comparisons import sweeper

        sweeper.register_step(pump.pump_all)
