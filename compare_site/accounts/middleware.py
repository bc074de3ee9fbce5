"""For every request of a signed-in person: their language, and a note that this browser is in use.

Both stand after AuthenticationMiddleware. A person's own language goes before the browser's.
"""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from compare_site.accounts import browsers


class LanguageOfUserMiddleware(MiddlewareMixin):
    """Sets the language for the rest of the request; LocaleMiddleware, further out, names it in the response."""

    def process_request(self, request: HttpRequest) -> None:
        language = request.user.language if request.user.is_authenticated else ""
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()


class BrowserInUseMiddleware(MiddlewareMixin):
    """Notes when a browser was last seen. After the answer is made: nobody waits for it, and sign-in has happened."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if hasattr(request, "session") and hasattr(request, "user"):
            browsers.note(request)
        return response
