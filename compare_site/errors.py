"""Error pages; below /api/ the same errors as JSON, in the shape of all its errors."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

API_ROOT = "/api/"


def _json(status: HTTPStatus) -> JsonResponse:
    error = {"code": status.name.lower(), "message": f"{status.phrase}.", "details": None}
    return JsonResponse({"error": error}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    if request.path.startswith(API_ROOT):
        return _json(HTTPStatus.BAD_REQUEST)
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if request.path.startswith(API_ROOT):
        return _json(HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if request.path.startswith(API_ROOT):
        return _json(HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    if request.path.startswith(API_ROOT):
        return _json(HTTPStatus.INTERNAL_SERVER_ERROR)
    # Without the request: whatever broke would break again in what the other pages show of it.
    theme = request.COOKIES.get("theme")
    page = render_to_string("500.html", {"theme": theme if theme in settings.THEMES else settings.THEMES[0]})
    return HttpResponse(page, status=500)
