"""Bodies of HTTP messages, in and out."""

from aiohttp import StreamReader, web

from bot.errors import BadCallback


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


async def request_body(request: web.BaseRequest, most: int) -> bytes:
    """What a stranger sends us.

    Raises:
        BadCallback: it is longer than `most` bytes (413), or broken (400).
    """
    body = b""
    announced = request.content_length or 0  # none if it comes in chunks
    if announced <= most:
        try:
            body = await read_body(request.content, most)
        except (web.RequestPayloadError, ConnectionError) as error:
            raise BadCallback("the body is malformed or broke off", status=400) from error
    if announced > most or len(body) > most:
        raise BadCallback("the body is too large", status=413)
    return body
