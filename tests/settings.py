"""The site's settings for tests: a folder, a Valkey socket and a database of their own for every test process.

``TEST_DATABASE=postgres`` runs on PostgreSQL (``tests.postgres`` finds or makes a server); otherwise on SQLite files.
"""

import os
import tempfile
from pathlib import Path

_folder = os.environ.get("TEST_FOLDER") or tempfile.mkdtemp(prefix="ts-test-")
os.environ["TEST_FOLDER"] = _folder
"""The processes of xdist inherit it; only the first one made it and removes it (``tests.conftest``)."""
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

for _name in [name for name in os.environ if name.endswith(("_API_KEY", "_API_TOKEN"))]:
    # A key in the developer's environment would make models available that the tests know nothing of.
    del os.environ[_name]
os.environ["DATA_DIR"] = str(Path(_folder, _worker))
os.environ["REDIS_URL"] = f"unix://{_folder}/{_worker}.sock"
# Nobody listens there: no test asks what else runs on this machine.
os.environ["DISCOVERY_HOSTS"], os.environ["DISCOVERY_PORTS"] = "127.0.0.1", "9"
os.environ["SECRET_KEY"] = "only-for-tests-" + "0" * 48
for _name in ("PUBLIC_URL", "DEBUG", "ALLOWED_HOSTS", "PRIVATE_HOSTS", "OUTGOING_PROXY", "OUTGOING_PROXY_RESOLVES"):
    os.environ.pop(_name, None)
if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
    from tests import postgres

    os.environ["DATABASE_URL"] = postgres.url()
else:
    os.environ.pop("DATABASE_URL", None)

from compare_site.settings import *  # noqa: E402, F403
from compare_site.settings import ALLOWED_HOSTS, DATABASES  # noqa: E402

ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: threads and processes of a test see the same locking as in production.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder, "test.sqlite3"))}
    # As on PostgreSQL: nothing of it need outlive a loss of power, so no test waits for the disk.
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
DISCOVERY_PORTS = [9]
"""No test asks what else runs on this machine."""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
