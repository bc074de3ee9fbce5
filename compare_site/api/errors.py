"""Every error of the API has one shape: ``{"error": {"code", "message", "details"}}``. Inputs are never echoed."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from compare_site.api.auth import CsrfFailed
from compare_site.comparisons.access import Denied
from compare_site.comparisons.actions import Refused
from compare_site.words import field_of, mebibytes, words_of

log = logging.getLogger(__name__)
RETRY_SECONDS = 2
CODES = {400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}


def install(api: NinjaAPI) -> None:
    """Register the handlers."""

    def answer(request: HttpRequest, status: int, code: str, message: str, details: Any = None) -> HttpResponse:
        body = {"error": {"code": code, "message": message, "details": details}}
        return api.create_response(request, body, status=status)

    def not_signed_in(request: HttpRequest, _exc: Exception) -> HttpResponse:
        return answer(request, 401, "not_signed_in", _("Sign in, or send a bearer token."))

    def csrf_failed(request: HttpRequest, _exc: Exception) -> HttpResponse:
        return answer(request, 403, "csrf_failed", _("The CSRF token is missing or wrong. Reload the page."))

    def not_found(request: HttpRequest, _exc: Exception) -> HttpResponse:
        return answer(request, 404, "not_found", _("There is no such thing here."))

    def invalid(request: HttpRequest, exc: Exception) -> HttpResponse:
        assert isinstance(exc, ValidationError)
        details = problems(exc.errors)
        message = _("Something in the request is not right.")
        return answer(request, 422, "invalid", details[0]["message"] if details else message, details)

    def refused(request: HttpRequest, exc: Exception) -> HttpResponse:
        assert isinstance(exc, Refused)
        return answer(request, exc.status, exc.code, exc.message, exc.details)

    def too_big(request: HttpRequest, _exc: Exception) -> HttpResponse:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return answer(request, 413, "too_large", _("The request is larger than %(most)s.") % {"most": mebibytes(most)})

    def http_error(request: HttpRequest, exc: Exception) -> HttpResponse:
        assert isinstance(exc, HttpError)
        # The framework raises it for one thing only, in English.
        message = _("The body of the request is not valid JSON.") if exc.status_code == 400 else str(exc)
        return answer(request, exc.status_code, CODES.get(exc.status_code, "error"), message)

    unavailable = _unavailable(answer)
    handlers: Sequence[tuple[type[Exception], Any]] = (
        (AuthenticationError, not_signed_in),
        (CsrfFailed, csrf_failed),
        (Denied, not_found),
        (Http404, not_found),
        (ValidationError, invalid),
        (Refused, refused),
        (RequestDataTooBig, too_big),
        (HttpError, http_error),
        (OperationalError, unavailable),
        (InterfaceError, unavailable),
    )
    for kind, handler in handlers:
        api.exception_handler(kind)(handler)


def _unavailable(answer: Callable[..., HttpResponse]) -> Callable[[HttpRequest, Exception], HttpResponse]:
    def unavailable(request: HttpRequest, exc: Exception) -> HttpResponse:
        log.error("the database did not answer", exc_info=exc)
        message = _("The database is busy or cannot be reached. Try again in a moment.")
        response = answer(request, 503, "unavailable", message)
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    return unavailable


def completed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``view`` with what holds for every answer: no cache keeps it, and a wrong method is an error like any other."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if isinstance(answer, HttpResponseNotAllowed):
            error = {"code": CODES[405], "message": _("This address does not answer to this method."), "details": None}
            answer = JsonResponse({"error": error}, status=405, headers={"Allow": answer["Allow"]})
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return answered


def problems(errors: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """Field and message of each problem; the value that was sent is left out."""
    return [{"field": field_of(error), "message": words_of(error)} for error in errors]
