"""The API under ``/api/v1/``. It answers 401 itself, so the middleware that redirects to sign-in keeps out."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI

from compare_site.api import attachments, batches, catalog, column_sets, exports, lists, money, prompts, shares
from compare_site.api.auth import Authenticated, user_id_of
from compare_site.api.comparisons import answer
from compare_site.api.errors import completed, install
from compare_site.api.parsing import StrictJson

api = NinjaAPI(
    title="Touchstone",
    version="1",
    description="Compare chat models side by side. Streams are on the websocket named by `ws_url`.",
    auth=Authenticated,
    parser=StrictJson(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
)
install(api)
api.add_router("", catalog.router)
api.add_router("", exports.router)
api.add_router("", attachments.router)
api.add_router("", batches.router)
api.add_router("", lists.router)
api.add_router("", money.router)
api.add_router("", shares.router)
api.add_router("", prompts.router)
api.add_router("", column_sets.router)


@api.get("/openapi.json", include_in_schema=False)
def openapi(request: HttpRequest) -> HttpResponse:
    """This API as an OpenAPI document."""
    user_id_of(request)
    return answer(_document(reverse("openapi").removesuffix("openapi.json")))


@cache
def _document(prefix: str) -> dict[str, Any]:
    """Nothing in it changes while the site runs, and making it takes a third of a second."""
    return api.get_openapi_schema(path_prefix=prefix)


urlpatterns = [pattern for pattern in api.urls[0] if getattr(pattern, "name", "") != "api-root"]
for _pattern in urlpatterns:
    _view: Any = completed(_pattern.callback)  # type: ignore[arg-type]
    _view.login_required = False
    _pattern.callback = _view
