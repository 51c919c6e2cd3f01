"""`python relay.py PORT`: QEMU starts it for a guest's connection; joins stdin and stdout to a port of our loopback."""

import os
import selectors
import socket
import sys


def main() -> None:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as line, selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ, line.sendall)
        ready.register(line, selectors.EVENT_READ, _write)
        while True:
            for key, _ in ready.select():
                data = os.read(key.fd, 65536)
                if not data:
                    return
                key.data(data)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
