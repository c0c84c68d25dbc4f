import asyncio
import sys


async def main(port, count):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = length = 0
    while line := await reader.readline():
        got += 1
        length += len(line) - 1
    assert got == count and length == count * 39
    writer.close()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
