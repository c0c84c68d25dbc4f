import asyncio
import sys


async def main(port, count):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    for i in range(1, count + 1):
        writer.write(b"a line of thirty-nine letters and a fee\n")
        if i % 1000 == 0:
            await writer.drain()
    await writer.drain()
    writer.close()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
