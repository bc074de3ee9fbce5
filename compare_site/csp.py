"""What every page tells the browser not to do: content security policy and the headers around it."""

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from compare_site.staticfiles import import_map_hash

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            *("accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
            *("magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb"),
        )
    ),
}


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The policy of the settings, plus the hash of the import map.

    Django admin is exempt from Trusted Types alone: its own scripts write HTML.
    """

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        match = request.resolver_match
        if match is not None and "admin" in match.namespaces:
            directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
            parts.config = {name: value for name, value in directives.items() if name != "require-trusted-types-for"}
        parts.update = {**(parts.update or {}), "script-src": [import_map_hash()]}
        return parts


class SecurityHeadersMiddleware(MiddlewareMixin):
    """Headers that Django's own middleware does not set. A page is private unless its view says otherwise."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
