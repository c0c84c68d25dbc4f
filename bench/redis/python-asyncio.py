import asyncio
import sys


async def main(port, count):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = 0
    while head := await reader.readline():
        words = []
        for _ in range(int(head[1:])):
            length = int((await reader.readline())[1:])
            words.append((await reader.readexactly(length + 2))[:length])
        assert words[1] == b"user:123"
        got += 1
    assert got == count
    writer.close()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
