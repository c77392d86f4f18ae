"""Ports for servers under test."""

import random
import socket


def free_port(count=1):
    """The first of so many. None that the kernel gives to clients: tests beside this one have many."""
    while True:
        first = random.randrange(10_000, 32_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
