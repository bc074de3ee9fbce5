"""All settings, from the environment through ``env``. ``.env.example`` lists the variables."""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from compare_site import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR") or BASE_DIR / "data").resolve()


def _secret_file(path: Path) -> str:
    """A secret of this installation, made on first use and readable by its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            temporary.touch(mode=0o600)
            temporary.write_text(secrets.token_urlsafe(48), encoding="ascii")
            # A link, not a rename: whoever comes second gets the first one's secret.
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
            temporary.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise env.BadSetting(
            f"DATA_DIR {path.parent} cannot be used: {error.strerror}. Set DATA_DIR to a folder you can write to."
        ) from None


DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or _secret_file(DATA_DIR / "secret_key")
APP_KEYS_DIR = Path(env.text("APP_KEYS_DIR") or DATA_DIR / "master_keys")
"""Master keys of the vault, one file a key, file name = key id; never SECRET_KEY."""
APP_KEY_ID = env.text("APP_KEY_ID")
"""The master key in force; empty = the newest file."""
PUBLIC_URL = env.web_address("PUBLIC_URL")
ALLOWED_HOSTS = list(env.items("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]")))
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
HTTPS = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
BEHIND_PROXY = env.boolean("BEHIND_PROXY", default=False)
"""The client's address and scheme come from X-Forwarded-For and -Proto: only behind a proxy that sets both itself."""
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    # Finds no admin modules by itself: urls does, so that workers and commands need not load them.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "compare_site",
    "compare_site.accounts",
    "compare_site.comparisons",
    "compare_site.sharing",
    "compare_site.hooks",
    "compare_site.library",
    "compare_site.batches",
    "compare_site.api",
    "providers",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "compare_site.csp.SecurityHeadersMiddleware",
    "compare_site.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "compare_site.accounts.middleware.LanguageOfUserMiddleware",
    "compare_site.accounts.middleware.BrowserInUseMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "compare_site.body_limit.TooLargeMiddleware",
]
ROOT_URLCONF = "compare_site.urls"
ASGI_APPLICATION = "compare_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]


def _database(url: str) -> dict[str, Any]:
    """SQLite in DATA_DIR, or PostgreSQL from ``postgres://user:password@host:port/name?sslmode=require``."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "touchstone.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise env.BadSetting("DATABASE_URL must begin with postgres://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        # sslmode, sslrootcert, options ...: a word that PostgreSQL does not know stops the start.
        "OPTIONS": options,
    }


DATABASES = {"default": _database(env.text("DATABASE_URL"))}
REDIS_URL = env.text("REDIS_URL") or f"unix://{DATA_DIR / 'run' / 'valkey.sock'}"
"""``manage.py up`` starts the embedded server and sets this for its children."""

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "playground"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "compare_site.accounts.views.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "compare_site" / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or BASE_DIR / ".cache" / "static").resolve()
"""Made by set-up from the code alone, so it belongs to the checkout (or the image) and not to DATA_DIR."""
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "compare_site.staticfiles.VendorFinder",
    "compare_site.stylesheets.BundleFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "compare_site.staticfiles.Storage"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "touchstone_session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "touchstone_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_HTTPONLY = False
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]
"""The proxy that ends HTTPS redirects; this process is not reachable without it."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
"""Not "no-referrer": browsers then send ``Origin: null`` with our own forms and the CSRF check refuses them."""
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
BODY_MAX_BYTES = 2 * 1024 * 1024
"""How large a body may be where no file is expected; ``body_limit`` refuses more before it is read."""
THEMES = ("auto", "light", "dark")
"""What a person may choose; the first is as the browser says."""
FILE_MAX_BYTES = 16 * 1024 * 1024
FILE_PATHS = frozenset(
    {f"/api/v1/{kind}/import" for kind in ("comparisons", "prompts", "batches")} | {"/api/v1/batches", "/batches/new/"}
)
"""Where a body may be as large as that: files that were exported here or hold the inputs of a batch."""
ATTACHMENT_MAX_BYTES = env.integer("ATTACHMENT_MAX_BYTES", 10 * 1024 * 1024, least=1024)
"""How large an uploaded file may be that goes to models with a prompt."""
ATTACHMENT_PATH = "/api/v1/attachments"
DATA_UPLOAD_MAX_MEMORY_SIZE = max(FILE_MAX_BYTES, ATTACHMENT_MAX_BYTES * 4 // 3 + BODY_MAX_BYTES)
"""Django's own limit knows no addresses: the largest of all, so that the limits of each are those above."""
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": [NONE],
    }
}

DEMO_PROVIDER = env.boolean("DEMO_PROVIDER", default=True)
"""Offer the simulated models; each worker then serves them on its own loopback port."""
WORKER_CONCURRENCY = env.integer("WORKER_CONCURRENCY", 64, least=1)
LEASE_SECONDS = 8
LEASE_RENEW_SECONDS = 2
SWEEP_SECONDS = 1
SWEEP_RARELY_SECONDS = 10
FIRST_BYTE_SECONDS = env.integer("FIRST_BYTE_SECONDS", 120, least=1)
IDLE_SECONDS = env.integer("IDLE_SECONDS", 120, least=1)
TOTAL_SECONDS = env.integer("TOTAL_SECONDS", 900, least=1)
"""Deadline of one run with all its attempts, without its waits in line."""
QUEUE_SECONDS = env.integer("QUEUE_SECONDS", 600, least=1)
"""How long a run waits in line for limits of its provider, key or host before it gives up."""
OUTPUT_LIMIT_BYTES = env.integer("OUTPUT_LIMIT_BYTES", 8 * 1024 * 1024, least=1024)
"""Of one answer, pictures in base64 included: a large one that a model draws takes six million characters."""
JOURNAL_TTL_SECONDS = 3600
MAX_RUNS_A_TURN = 32
TRASH_DAYS = env.integer("TRASH_DAYS", 30, least=0)
"""How long what was deleted can be taken back; 0 = it goes for good at once."""
WEBHOOK_DAYS = env.integer("WEBHOOK_DAYS", 30, least=1)
"""How long messages to webhooks are kept, delivered or not; the last attempt comes within a day."""
PRIVATE_HOSTS = env.items("PRIVATE_HOSTS")
"""``host:port`` of model servers on private addresses that keys and requests may go to (rows can add to it)."""
DISCOVERY_HOSTS = env.items("DISCOVERY_HOSTS")
"""Where an administrator can look for model servers; empty = this machine, from a container also its host."""
DISCOVERY_PORTS = [int(port) for port in env.items("DISCOVERY_PORTS") if port.isdigit()]
"""On these ports; empty = the usual ones of the servers that the catalog knows."""
OUTGOING_PROXY = env.text("OUTGOING_PROXY").strip()
"""The way to providers: empty = direct; ``env`` = HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY; or a proxy's URL."""
OUTGOING_PROXY_RESOLVES = env.boolean("OUTGOING_PROXY_RESOLVES", default=False)
"""The proxy looks names up, where this machine cannot: then it, and not this site, refuses names of private hosts."""
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"scrub": {"()": "compare_site.log_scrub.ScrubFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["scrub"]}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
    "loggers": {"httpx": {"level": "WARNING"}, "aiohttp": {"level": "WARNING"}},
}
DEFAULT_EXCEPTION_REPORTER = "compare_site.log_scrub.SafeReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "compare_site.log_scrub.SafeReports"
