"""Stands for WeCom's API in a process of its own: says yes at once, and counts.

The mock server is faithful and so too slow to measure the engine against.
"""

import asyncio
import re
import sys

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
YES = (
    b'{"errcode":0,"errmsg":"ok","access_token":"BENCH","expires_in":7200,'
    b'"msgid":"m","invaliduser":""}'
)


class Stub(asyncio.Protocol):
    posts = 0

    def __init__(self) -> None:
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end]
            length = int(found[1]) if (found := LENGTH.search(head)) else 0
            if len(self._data) < end + 4 + length:
                return
            self._data = self._data[end + 4 + length :]
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        Stub.posts += head.startswith(b"POST")
        body = b"%d" % Stub.posts if head.startswith(b"GET /count") else YES
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
