"""Several threads at one row: all have read before anybody writes."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection

T = TypeVar("T")
SECONDS = 30


def together(number: int, act: Callable[[], T]) -> list[T]:
    """What ``act`` returned in each of ``number`` threads. Everybody waits after their first read for all others.

    A transaction of SQLite keeps all others out from its first word: there nobody waits, they only come together.
    """
    all_have_looked = threading.Barrier(number, timeout=SECONDS)
    results: list[T] = []

    def alone() -> bool:
        return connection.vendor == "sqlite" and connection.in_atomic_block

    def enter() -> None:
        looked = threading.Event()

        def look(execute: Any, sql: str, *rest: Any) -> Any:
            found = execute(sql, *rest)
            if sql.startswith("SELECT") and not looked.is_set():
                looked.set()
                if not alone():
                    all_have_looked.wait()
            return found

        try:
            with connection.execute_wrapper(look):
                results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
