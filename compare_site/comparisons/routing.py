"""Websocket routes."""

from django.urls import re_path

from compare_site.comparisons.consumers import ComparisonConsumer

websocket_urlpatterns = [
    re_path(r"^ws/comparisons/(?P<comparison_id>[^/]+)/$", ComparisonConsumer.as_asgi()),
]
