"""The ASGI application: static files, pages and API over HTTP; one kind of websocket.

``manage.py web`` serves it with the limits it needs and starts the sweeper beside it.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compare_site.settings")

from typing import Any

import django

django.setup(set_prefix=False)

from asgiref.sync import sync_to_async
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import re_path
from servestatic import ServeStaticASGI

from compare_site.body_limit import BodyLimit
from compare_site.comparisons.consumers import guard
from compare_site.comparisons.routing import websocket_urlpatterns
from compare_site.staticfiles import is_collected


class OneThreadHandler(ASGIHandler):
    """Middleware and view in one go, in the request's thread: all of ours is synchronous.

    Django's own handler hops between loop and thread at every middleware, twice a request. That took longer than the
    views did.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


django_application = OneThreadHandler()


def _static_headers(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _with_static_files(application: Any) -> Any:
    """Hashed files for ever; while developing, the sources as they are."""
    if not is_collected():
        return ASGIStaticFilesHandler(application)
    if not settings.STATIC_ROOT.is_dir():
        raise ImproperlyConfigured("The static files are not collected yet: `make run` or `manage.py collectstatic`.")
    return ServeStaticASGI(
        application,
        root=settings.STATIC_ROOT,
        prefix=settings.STATIC_URL,
        allow_all_origins=False,
        add_headers_function=_static_headers,
    )


async def _no_such_socket(scope: Any, receive: Any, send: Any) -> None:
    """Channels would raise, log a traceback and answer 500."""
    await send({"type": "websocket.close"})


_ANY_OTHER = re_path("", _no_such_socket)  # type: ignore[arg-type]
application = ProtocolTypeRouter(
    {
        "http": BodyLimit(_with_static_files(django_application)),
        "websocket": guard(URLRouter([*websocket_urlpatterns, _ANY_OTHER])),
    }
)
