"""App of the comparisons."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComparisonsConfig(AppConfig):
    name = "compare_site.comparisons"
    label = "comparisons"
    verbose_name = _("Comparisons")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.comparisons import attachments, sweeper, trash
        from compare_site.comparisons.key_reports import REPORTS
        from providers.resolve import register_reports

        register_reports(REPORTS)
        trash.register_leftovers(attachments.forget_of)
        sweeper.register_step(attachments.forget_unused, rarely=True)
