"""``python -m compare_site.demo --port N``: the simulated provider as a server of its own, for tests and tours."""

import argparse
import asyncio
import contextlib
import sys

from compare_site.demo.server import serve


async def _run(host: str, port: int) -> None:
    server = await serve(host, port, record=True)
    sys.stdout.write(f"{server.base_url}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await server.close()


def main() -> None:
    """Serve until Ctrl-C; the first line on stdout is the base URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments.host, arguments.port))


if __name__ == "__main__":
    main()
