import asyncio
import sys


async def main(port, size):
    left = size
    ended = asyncio.Event()

    async def serve(reader, writer):
        nonlocal left
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()
        left -= 1
        if left == 0:
            ended.set()

    await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    await ended.wait()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[3])))
