"""Ports for servers that tests start."""

import itertools
import random
import socket

LOWEST, HIGHEST = 15_000, 32_000
"""Below what systems hand out by themselves to whoever asks for any port (32768 and more on Linux, 49152 by RFC 6335):
such a port may be another's by the time a server that was told of it listens."""
_next = itertools.cycle(random.SystemRandom().sample(range(LOWEST, HIGHEST), HIGHEST - LOWEST))


def free_port() -> int:
    """A port of this machine that nobody listens on; each is handed out once, and processes begin at random."""
    for port in _next:
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise AssertionError("a cycle has no end")
