"""App of the HTTP API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "compare_site.api"
    label = "api"
