"""App of the people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "compare_site.accounts"
    label = "accounts"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from compare_site.accounts import browsers, rules, sessions, tokens
        from compare_site.comparisons import access, rights

        access.register_bearer(tokens.bearer_of)
        access.register_liveness(sessions.ended_logins)
        rights.register_rights(rules.rights_of_user)
        browsers.connect()
