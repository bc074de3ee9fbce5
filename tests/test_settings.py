"""What the settings make of the addresses in the environment."""

import pytest

from compare_site import env
from compare_site.settings import _database


def test_what_a_database_url_says_reaches_the_driver() -> None:
    found = _database("postgres://a%40b:p%2Fw@db.example:5433/name?sslmode=verify-full&sslrootcert=%2Fca.pem")

    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("a@b", "p/w", "db.example", "5433")
    assert found["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/ca.pem"}


def test_a_socket_is_a_host() -> None:
    found = _database("postgres:///name?host=%2Frun%2Fpostgresql")

    assert (found["HOST"], found["OPTIONS"]) == ("/run/postgresql", {})


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(env.BadSetting, match="DATABASE_URL must begin with postgres://"):
        _database("mysql://host/name")
