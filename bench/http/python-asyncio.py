import asyncio
import re
import sys

REQUEST = re.compile(rb"(\S+) (\S+) HTTP/1\.1\r\n")


async def main(port, size):
    left = size
    ended = asyncio.Event()

    async def serve(reader, writer):
        nonlocal left
        while request := await reader.readline():
            method, path = REQUEST.match(request).groups()
            headers = {}
            while (line := await reader.readline()) != b"\r\n":
                name, value = line.split(b":", 1)
                headers[name.lower()] = value.strip()
            assert method == b"GET" and path == b"/index.html" and headers[b"host"] == b"localhost"
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % 6)
            writer.write(b"hello!")
            await writer.drain()
        writer.close()
        left -= 1
        if left == 0:
            ended.set()

    await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    await ended.wait()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[3])))
