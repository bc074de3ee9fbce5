"""The listening socket and the sentences when there is none."""

import socket

import pytest

from compare_site.processes.listener import PortTaken, listen


def test_it_listens_and_port_0_is_any_free_one() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        pass


def test_a_taken_port_says_which_to_take() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} is taken.*PORT={port + 1} make run"):
            listen("127.0.0.1", port)


def test_a_name_that_is_no_address_is_named() -> None:
    with pytest.raises(PortTaken, match="HOST 'no such host' is not an address"):
        listen("no such host", 0)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortTaken, match=r"Cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)
