"""The site as an app: it holds the management commands and makes the Celery app the current one."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "compare_site"
    label = "compare_site"

    def ready(self) -> None:
        # Tasks are declared with shared_task: whoever enqueues one needs the app with our broker.
        from compare_site import celery  # noqa: F401
