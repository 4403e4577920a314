"""The dialogue with an SMTP server (RFC 5321), pipelined where the server offers it (RFC 2920).

The end of a mail and the commands of the next go out in one write, so that a mail costs one round
trip. `smtplib` opens the connection, and reads the replies.
"""

import smtplib
import socket
import ssl
from functools import lru_cache
from time import monotonic

import msgspec

from notifications.channels.mail import Mail
from notifications.rules.smtp_replies import Stage

# RFC 5321, 4.5.3.2 asks clients to wait five minutes for a reply, and ten for that to the end of a
# mail. A worker on Lambda holds a batch while it waits and is paid for, so it waits as long as real
# servers take: several seconds for a greeting that is delayed against spam, seconds for a command,
# and up to 45 for the end of a mail, which servers answer once their filters have read it. Only
# that wait is dangerous, because the mail may be accepted: its fate is unknown then.
CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0
ANSWER_SECONDS = 45.0
SETUP_SECONDS = 20.0  # for a connection altogether, logging in included

_END = b"\r\n.\r\n"
_SUCCESS = 2
_MAY_CONTINUE = 354
CLOSING = 421  # the server closes the connection (RFC 5321, 3.8)


class Reply(msgspec.Struct, frozen=True):
    """A reply that is no success."""

    stage: Stage
    code: int
    text: str


class Lost(Exception):
    """The connection broke, or the server took too long.

    Attributes:
        after_hand_over: Whether a whole mail was on its way, so that it may be accepted.
    """

    def __init__(self, *, after_hand_over: bool) -> None:
        super().__init__()
        self.after_hand_over = after_hand_over


class _Connection(smtplib.SMTP):
    """A connection that waits longer for replies than for the connection itself."""

    def __init__(self, host: str, port: int, own_name: str, *, tls: bool) -> None:
        self._tls = tls
        # The default of the own name asks DNS, with no timeout.
        super().__init__(host, port, own_name, CONNECT_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        channel = socket.create_connection((host, port), timeout)
        channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        channel.settimeout(COMMAND_SECONDS)
        if self._tls:
            return _tls_context().wrap_socket(channel, server_hostname=host)
        return channel


class Dialogue:
    """A dialogue over one connection, mail after mail.

    `announce` a mail, and if no reply of `read_replies` refuses it, `hand_over` its content,
    together with the commands of the next mail, whose replies are read next.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        own_name: str,
        security: str,
        user: str,
        password: str,
    ) -> None:
        """Connect and log in.

        Raises:
            smtplib.SMTPException: The server refuses us.
            OSError: It was not reached, or does not answer.
        """
        begun = monotonic()
        self._commands: list[tuple[Stage, bytes]] = []
        self._resets = False
        self._connection = _Connection(host, port, own_name, tls=security == "tls")
        try:
            self._connection.ehlo_or_helo_if_needed()
            if security == "starttls":
                self._connection.starttls(context=_tls_context())
            if user:
                self._connection.login(user, password)
            self._connection.ehlo_or_helo_if_needed()
            if monotonic() - begun > SETUP_SECONDS:
                raise TimeoutError
        except BaseException:
            self._connection.close()
            raise
        self._pipelines = self._connection.has_extn("pipelining")
        self.takes_utf8 = self._connection.has_extn("smtputf8")
        self._takes_8bit = self._connection.has_extn("8bitmime")

    def announce(self, mail: Mail) -> None:
        """Send the commands before the content of a mail.

        Raises:
            Lost: The connection broke.
        """
        self._prepare(mail)
        if self._pipelines:
            self._write(self._joined_commands())

    def read_replies(self) -> Reply | None:
        """Read the replies to the commands; None when the content may follow.

        Raises:
            Lost: The connection broke, or the server took too long.
        """
        refusal: Reply | None = None
        commands, self._commands = self._commands, []
        for stage, command in commands:
            if not self._pipelines:
                if refusal is not None:
                    break
                self._write(command)
            code, text = self._read()
            is_good = code == _MAY_CONTINUE if stage is Stage.DATA else code // 100 == _SUCCESS
            if not is_good and refusal is None:
                refusal = Reply(stage, code, text)
                if code == CLOSING:
                    break
            elif is_good and stage is Stage.DATA and refusal is not None:
                # It waits for a mail to nobody (RFC 2920, 3.1).
                self._write(_END[2:])
                self._read()
        self._resets = refusal is not None
        return refusal

    def hand_over(self, mail: Mail, following: Mail | None) -> Reply | None:
        """Send the content of a mail and read the answer; None when the mail is accepted.

        Args:
            mail: The mail, whose commands were accepted.
            following: The next mail, which is announced with it.

        Raises:
            Lost: The connection broke, or the server took too long: the mail may be accepted.
        """
        content = mail.content
        if b"\r\n." in content:
            content = content.replace(b"\r\n.", b"\r\n..")
        end = _END[2:] if content.endswith(b"\r\n") else _END
        if following is not None:
            self._prepare(following)
        commands = self._joined_commands() if following is not None and self._pipelines else b""
        try:
            self._set_timeout(ANSWER_SECONDS)
            self._write(content + end + commands)
            code, text = self._read()
            self._set_timeout(COMMAND_SECONDS)
        except Lost:
            raise Lost(after_hand_over=True) from None
        return None if code // 100 == _SUCCESS else Reply(Stage.CONTENT, code, text)

    def close(self) -> None:
        """End the dialogue and close the connection."""
        try:
            self._connection.quit()
        except (smtplib.SMTPException, OSError):
            self.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self._connection.close()

    def _prepare(self, mail: Mail) -> None:
        extensions = " BODY=8BITMIME SMTPUTF8" if mail.needs_utf8 and self._takes_8bit else ""
        if mail.needs_utf8 and not extensions:
            extensions = " SMTPUTF8"
        commands = [
            (Stage.MAIL, f"MAIL FROM:<{mail.sender}>{extensions}\r\n".encode()),
            (Stage.RCPT, f"RCPT TO:<{mail.recipient}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        ]
        if self._resets:  # a transaction that was refused is still open
            commands.insert(0, (Stage.MAIL, b"RSET\r\n"))
            self._resets = False
        self._commands = commands

    def _joined_commands(self) -> bytes:
        return b"".join(command for _, command in self._commands)

    def _write(self, data: bytes) -> None:
        channel = self._connection.sock
        try:
            if channel is None:
                raise OSError
            channel.sendall(data)
        except OSError:
            self.abort()
            raise Lost(after_hand_over=False) from None

    def _read(self) -> tuple[int, str]:
        try:
            code, text = self._connection.getreply()
        except (smtplib.SMTPException, OSError):
            self.abort()
            raise Lost(after_hand_over=False) from None
        return code, text.decode("ascii", "replace")

    def _set_timeout(self, seconds: float) -> None:
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """Return the context of all connections: loading the authorities takes 10 ms."""
    return ssl.create_default_context()
