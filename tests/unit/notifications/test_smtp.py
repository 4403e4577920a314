"""The dialogue with mail servers: scripted ones, which answer as they are told."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pytest
from msgspec.structs import replace

from notifications.channels import Outcome, OutcomeKind, breaker
from notifications.channels import settings as provider_settings
from notifications.channels.email import SmtpProvider, SmtpSettings
from notifications.channels.smtp_dialogue import Dialogue
from notifications.models import Delivery, EmailContent
from tests.support.listeners import Listener
from tests.unit.notifications.test_mail import DELIVERY

ACCEPTED, TEMPORARY = OutcomeKind.ACCEPTED, OutcomeKind.TEMPORARY
REJECTED, UNKNOWN = OutcomeKind.REJECTED, OutcomeKind.UNKNOWN
FIRST, SECOND, THIRD = (
    replace(DELIVERY, id=f"dlv_{n}", address=f"{n}@example.com") for n in (1, 2, 3)
)
PIPELINING = ("PIPELINING", "8BITMIME", "SMTPUTF8")


class Server:
    """A mail server that answers commands with what the script has for them.

    Attributes:
        replies: The replies to the commands that begin so, one after the other; then the usual one.
            An empty reply closes the connection, None leaves the client waiting.
        arrived: What arrived in one piece each, of every connection.
        mails: The mails that it accepted.
        connections: How many connections were made.
    """

    def __init__(self, extensions: Sequence[str], replies: dict[str, list[str | None]]) -> None:
        self.replies = replies
        self.arrived: list[bytes] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self._extensions = extensions
        self._listener = Listener(self._serve)
        self.port = self._listener.port

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self, channel: socket.socket) -> None:
        self.connections += 1
        self._talk(channel)

    def _talk(self, channel: socket.socket) -> None:
        pending = b""
        content: bytes | None = None
        channel.sendall(b"220 here\r\n")
        while True:
            end = b"\r\n" if content is None else b"\r\n.\r\n"
            at = pending.find(end)
            if content is not None and pending.startswith(b".\r\n"):
                at, end = 0, b".\r\n"
            if at < 0:
                data = channel.recv(65_536)
                if not data:
                    return
                self.arrived.append(data)
                pending += data
                continue
            line, pending = pending[:at], pending[at + len(end) :]
            command = "END" if content is not None else line.decode().partition(" ")[0].upper()
            reply = self._reply(command)
            if reply is None:
                channel.recv(1)  # until the client gives up
                return
            if command == "END":
                if reply.startswith("2"):
                    self.mails.append(line)
                content = None
            elif command == "DATA" and reply.startswith("354"):
                content = b""
            if not reply:
                return
            channel.sendall(reply.encode() + b"\r\n")
            if command == "QUIT" or reply.startswith("421"):
                return

    def _reply(self, command: str) -> str | None:
        scripted = self.replies.get(command)
        if scripted:
            return scripted.pop(0)
        if command == "EHLO":
            lines = ["250-localhost", *(f"250-{each}" for each in self._extensions), "250 HELP"]
            return "\r\n".join(lines)
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(command, "250 ok")


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch,
    *,
    extensions: Sequence[str] = PIPELINING,
    **replies: list[str | None],
) -> Iterator[Server]:
    """Run a server, and configure it."""
    server = Server(extensions, replies)
    settings = SmtpSettings("127.0.0.1", server.port, "hello@b.example", smtp_security="none")
    monkeypatch.setattr(provider_settings, "load", lambda *_, **__: settings)
    breaker.forget()
    with closing(server):
        yield server


def send(*deliveries: Delivery) -> dict[str, Outcome]:
    """Send deliveries, and return their outcomes by their ids."""
    with closing(SmtpProvider()) as provider:
        return {
            delivery.id: outcome
            for delivery, outcome in provider.send_all(deliveries, lambda _: True)
        }


def kinds(outcomes: dict[str, Outcome]) -> list[OutcomeKind]:
    return [outcomes[delivery].kind for delivery in sorted(outcomes)]


def test_the_end_of_a_mail_and_the_commands_of_the_next_go_out_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(monkeypatch) as server:
        outcomes = send(FIRST, SECOND, THIRD)
    assert kinds(outcomes) == [ACCEPTED] * 3
    assert outcomes["dlv_2"].reference == "<dlv_2@b.example>"
    assert [b"Message-ID: <dlv_%d@" % n in mail for n, mail in enumerate(server.mails, 1)] == [
        True
    ] * 3
    assert server.connections == 1
    assert len([data for data in server.arrived if b"MAIL FROM" in data]) == 3
    assert (
        server.arrived[1] == b"MAIL FROM:<hello@b.example>\r\nRCPT TO:<1@example.com>\r\nDATA\r\n"
    )
    assert len(server.arrived) == 6  # EHLO, the first commands, three mails, QUIT


def test_a_server_without_pipelining_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, extensions=()) as server:
        assert kinds(send(FIRST, SECOND)) == [ACCEPTED] * 2
    assert server.arrived[1:4] == [
        b"MAIL FROM:<hello@b.example>\r\n",
        b"RCPT TO:<1@example.com>\r\n",
        b"DATA\r\n",
    ]
    assert len(server.mails) == 2


@pytest.mark.parametrize("extensions", [PIPELINING, ()])
def test_a_refused_recipient_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, extensions: Sequence[str]
) -> None:
    with serving(monkeypatch, extensions=extensions, RCPT=["550 5.1.1 Nobody"]) as server:
        outcomes = send(FIRST, SECOND)
    assert kinds(outcomes) == [REJECTED, ACCEPTED]
    assert outcomes["dlv_1"].detail == "smtp 550 5.1.1"
    assert [b"dlv_2" in mail for mail in server.mails if mail] == [True]  # and one to nobody
    assert any(data.startswith(b"RSET\r\n") for data in server.arrived)


def test_a_refusal_of_data_after_that_of_the_recipient_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(monkeypatch, RCPT=["450 4.2.1 Later"], DATA=["503 No recipient"]) as server:
        outcomes = send(FIRST, SECOND)
    assert kinds(outcomes) == [TEMPORARY, ACCEPTED]
    assert (outcomes["dlv_1"].reason, outcomes["dlv_1"].detail) == ("throttled", "smtp 450 4.2.1")
    assert len(server.mails) == 1


def test_a_refusal_of_ourselves_is_the_state_of_the_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(monkeypatch, END=["550 5.7.1 Policy", "550 5.1.1 Nobody"]):
        outcomes = send(FIRST, SECOND)
    assert kinds(outcomes) == [TEMPORARY, REJECTED]
    assert outcomes["dlv_1"].reason == "sender_refused"


@pytest.mark.parametrize("end", ["", None])
def test_the_fate_of_a_mail_without_an_answer_is_unknown(
    monkeypatch: pytest.MonkeyPatch, end: str | None
) -> None:
    monkeypatch.setattr("notifications.channels.smtp_dialogue.ANSWER_SECONDS", 0.05)
    with serving(monkeypatch, END=["250 ok", end]) as server:
        outcomes = send(FIRST, SECOND, THIRD)
    assert kinds(outcomes) == [ACCEPTED, UNKNOWN, TEMPORARY]
    assert len(server.mails) == 1
    assert server.connections == 1  # the third waits for its next attempt


@pytest.mark.parametrize("reply", ["", None])
def test_what_was_not_handed_over_is_known_not_to_be_accepted(
    monkeypatch: pytest.MonkeyPatch, reply: str | None
) -> None:
    monkeypatch.setattr("notifications.channels.smtp_dialogue.COMMAND_SECONDS", 0.05)
    with serving(monkeypatch, RCPT=[reply]) as server:
        outcomes = send(FIRST, SECOND)
    assert kinds(outcomes) == [TEMPORARY] * 2
    assert {each.reason for each in outcomes.values()} == {"provider_unavailable"}
    assert server.mails == []


@pytest.mark.parametrize("reply", ["421 Too many mails", ""])
def test_mails_go_on_over_another_connection(monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    with serving(monkeypatch, MAIL=["250 ok", reply]) as server:
        assert kinds(send(FIRST, SECOND, THIRD)) == [ACCEPTED] * 3
    assert server.connections == 2
    assert len(server.mails) == 3


def test_a_server_that_closes_at_once_is_not_called_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(monkeypatch, MAIL=["421 Busy", "421 Busy"]) as server:
        outcomes = send(FIRST, SECOND)
    assert kinds(outcomes) == [TEMPORARY] * 2
    assert {each.detail for each in outcomes.values()} == {"smtp 421"}
    assert server.connections == 2


def test_a_server_that_is_down_fails_the_batch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch) as server:
        pass
    for _ in range(breaker.MAX_FAILURES):
        outcomes = send(FIRST, SECOND)
        assert {each.detail for each in outcomes.values()} == {"smtp ConnectionRefusedError"}
    assert {each.detail for each in send(FIRST, SECOND).values()} == {"circuit open"}
    assert server.connections == 0


def test_an_international_mailbox_needs_a_server_that_takes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = replace(SECOND, address="\xe1d\xe1@b\xfccher.example")
    with serving(monkeypatch) as server:
        assert kinds(send(FIRST, ada)) == [ACCEPTED] * 2
    assert (
        "<hello@b.example> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<\xe1d\xe1@xn--bcher-kva.example>"
        in (b"".join(server.arrived).decode())
    )
    with serving(monkeypatch, extensions=("PIPELINING",)) as server:
        outcomes = send(FIRST, ada, THIRD)
    assert kinds(outcomes) == [ACCEPTED, REJECTED, ACCEPTED]
    assert outcomes["dlv_2"].reason == "not_supported"
    assert b"BODY=" not in b"".join(server.arrived)
    assert all(data.isascii() for data in server.arrived)


def test_what_is_no_address_needs_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch) as server:
        outcomes = send(replace(FIRST, address="ada@[x.example]"))
    assert kinds(outcomes) == [REJECTED]
    assert outcomes["dlv_1"].detail == "not a mail address"
    assert server.connections == 0


def test_what_may_not_begin_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch) as server, closing(SmtpProvider()) as provider:
        sent = provider.send_all([FIRST, SECOND, THIRD], lambda each: each is not SECOND)
        assert [delivery.id for delivery, _ in sent] == ["dlv_1", "dlv_3"]
    assert len(server.mails) == 2


def test_what_is_announced_is_not_handed_over_once_time_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def may_begin(delivery: Delivery) -> bool:
        asked.append(delivery.id)
        return len(asked) <= 2

    with serving(monkeypatch) as server, closing(SmtpProvider()) as provider:
        sent = [delivery.id for delivery, _ in provider.send_all([FIRST, SECOND, THIRD], may_begin)]
    assert (sent, len(server.mails)) == (["dlv_1"], 1)
    assert any(b"RCPT TO:<2@example.com>" in data for data in server.arrived)


def test_lines_that_begin_with_a_dot_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    content = EmailContent("Hi", "a\n.\n.b\n..")
    with serving(monkeypatch) as server:
        send(replace(FIRST, content=content), SECOND)
    assert server.mails[0].endswith(b"a\r\n..\r\n..b\r\n...")
    assert len(server.mails) == 2


def test_a_login_that_is_refused_is_no_fault_of_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, extensions=("AUTH PLAIN",), AUTH=["535 5.7.8 No"]) as server:
        settings = SmtpSettings(
            "127.0.0.1", server.port, "a@b.example", "ada", "secret", smtp_security="none"
        )
        monkeypatch.setattr(provider_settings, "load", lambda *_, **__: settings)
        outcomes = send(FIRST)
    assert kinds(outcomes) == [TEMPORARY]
    assert outcomes["dlv_1"].detail == "smtp SMTPAuthenticationError"


def test_an_end_that_is_not_said_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(monkeypatch, QUIT=[""]):
        assert kinds(send(FIRST)) == [ACCEPTED]


def test_a_dialogue_that_cannot_begin_closes_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("notifications.channels.smtp_dialogue.SETUP_SECONDS", -1.0)
    with serving(monkeypatch) as server, pytest.raises(TimeoutError):
        Dialogue("127.0.0.1", server.port, own_name="b", security="none", user="", password="")
