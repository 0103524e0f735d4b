"""A mail server that takes everything and keeps nothing: `python -m tests.benchmarks.sink PORT`. Imports little."""

import asyncio
import sys

ANSWERS = {b"EHLO": b"250 sink.example\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._got, self._is_mail = transport, b"", False
        transport.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n.\r\n" if self._is_mail else b"\r\n")) >= 0:
            line, self._got = self._got[:end], self._got[end + (5 if self._is_mail else 2):]
            verb = b"." if self._is_mail else line[:4].upper()
            self._is_mail = verb == b"DATA"
            self._transport.write(ANSWERS.get(verb, b"250 2.0.0 OK\r\n"))


async def serve(port: int) -> None:
    """Until it is killed."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
