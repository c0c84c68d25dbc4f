"""controller.py: the controller of a remote debugger, with the commands of MobDebug. It says its port, and each answer to a
command; where the program pauses, it says where. "wait" waits for a pause, and is no command."""

import socket
import sys

SCRIPT = [
    "SETB 3", "RUN", "wait", "EXEC return total", "EXEC total = total + 100", "EXEC )", "NONSENSE",
    "LOAD return 7", "EXEC return loaded", "DELB 3", "STEP", "wait", "EXEC return total", "RUN", "SUSPEND", "wait", "EXEC done = true", "RUN",
]

server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
conn, _ = server.accept()
stream = conn.makefile("rwb", buffering=0)


def say(answer):
    print(answer, flush=True)


def receive():
    answer = stream.readline().decode().rstrip("\n")
    number, _, text = answer.partition(" ")
    size = text.rsplit(" ", 1)[-1]
    if number in ("200", "401") and size.isdigit() and size != "0":
        answer += " " + stream.read(int(size)).decode()
    return answer


for command in SCRIPT:
    if command == "wait":
        say(receive())
        continue
    name, _, rest = command.partition(" ")
    if name == "LOAD":
        stream.write(f"LOAD {len(rest)} chunk\n{rest}".encode())
    else:
        stream.write(f"{command}\n".encode())
    if name != "SUSPEND":
        say(receive())
say("end" if stream.read(1) == b"" else "more")
