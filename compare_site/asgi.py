"""The ASGI application: static files, pages and API over HTTP; one kind of websocket.

``manage.py web`` serves it with the limits it needs and starts the sweeper beside it.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compare_site.settings")

from typing import Any

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.exceptions import ImproperlyConfigured
from django.urls import re_path
from servestatic import ServeStaticASGI

from compare_site.body_limit import BodyLimit
from compare_site.comparisons.consumers import guard
from compare_site.comparisons.routing import websocket_urlpatterns
from compare_site.staticfiles import is_collected


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
