"""A signed-in person's own language goes before what the browser asks for. Stands after AuthenticationMiddleware."""

from django.http import HttpRequest
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin


class LanguageOfUserMiddleware(MiddlewareMixin):
    """Sets the language for the rest of the request; LocaleMiddleware, further out, names it in the response."""

    def process_request(self, request: HttpRequest) -> None:
        language = request.user.language if request.user.is_authenticated else ""
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language()
