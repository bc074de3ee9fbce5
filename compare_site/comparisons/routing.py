"""Websocket routes."""

from django.urls import re_path

from compare_site.comparisons.consumers import ComparisonConsumer

websocket_urlpatterns = [
    re_path(r"^ws/comparisons/(?P<comparison_id>[0-9a-f]{32})/$", ComparisonConsumer.as_asgi()),
]
