"""The site as an app: it holds the management commands."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "compare_site"
    label = "compare_site"
