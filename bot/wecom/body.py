"""Bodies of HTTP messages, in and out."""

from aiohttp import StreamReader


async def read_body(content: StreamReader, most: int) -> bytes:
    """The whole of a body; of a longer one more than `most` bytes, and not all."""
    if content.is_eof():  # it came with the headers, as nearly all do
        return content.read_nowait()
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > most:
            break
    return bytes(body)
