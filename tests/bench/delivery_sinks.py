"""A mail server and a push service that accept everything, in a process of their own.

    python -m tests.bench.delivery_sinks folder

The folder holds `server.pem`. A first line on file descriptor RESULTS_FD names the ports, and
each line of input is answered with how many messages have arrived since the last one.
"""

import asyncio
import os
import ssl
import sys
from pathlib import Path

import msgspec

EXTENSIONS = (b"sink", b"PIPELINING", b"8BITMIME", b"SMTPUTF8")
READ_BYTES = 64 * 1024


class Ports(msgspec.Struct, frozen=True):
    """Where the two listen."""

    smtp: int
    push: int


class Arrived(msgspec.Struct, frozen=True):
    """What has arrived."""

    mails: int
    connections: int
    messages: int


class Sinks:
    """Counts what arrives."""

    def __init__(self) -> None:
        self.mails = self.connections = self.messages = 0

    def take(self) -> Arrived:
        """Return the counts, and begin again."""
        counts = Arrived(self.mails, self.connections, self.messages)
        self.mails = self.connections = self.messages = 0
        return counts

    async def receive_mails(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Talk SMTP over one connection."""
        self.connections += 1
        writer.write(b"220 sink ESMTP\r\n")
        while command := await reader.readline():
            verb = command[:4].upper()
            if verb == b"EHLO":
                *first, last = EXTENSIONS
                writer.write(b"".join(b"250-" + each + b"\r\n" for each in first))
                writer.write(b"250 " + last + b"\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                await writer.drain()
                await reader.readuntil(b"\r\n.\r\n")
                self.mails += 1
                writer.write(b"250 accepted\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        await _close(writer)

    async def receive_push(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        while head := await _read_head(reader):
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            await reader.readexactly(length)
            self.messages += 1
            writer.write(
                b"HTTP/1.1 201 Created\r\nlocation: https://push.example/m/%d\r\n"
                b"content-length: 0\r\n\r\n" % self.messages
            )
        await _close(writer)


async def _read_head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def _close(writer: asyncio.StreamWriter) -> None:
    try:
        writer.close()
        await writer.wait_closed()
    except OSError:
        pass  # the other side was faster


async def _serve(folder: Path) -> None:
    sinks = Sinks()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem")
    smtp = await asyncio.start_server(sinks.receive_mails, "127.0.0.1", 0, limit=READ_BYTES)
    push = await asyncio.start_server(sinks.receive_push, "127.0.0.1", 0, ssl=tls, limit=READ_BYTES)
    ports = [server.sockets[0].getsockname()[1] for server in (smtp, push)]
    _answer(Ports(*ports))
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        _answer(sinks.take())


def _answer(line: msgspec.Struct) -> None:
    os.write(int(os.environ["RESULTS_FD"]), msgspec.json.encode(line) + b"\n")


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
