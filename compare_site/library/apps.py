"""App of what people keep for the next comparison: prompts and column sets."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    name = "compare_site.library"
    label = "library"
    verbose_name = _("Library")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.comparisons import prompt_source
        from compare_site.library import filling

        prompt_source.register_prompts(filling.filled)
