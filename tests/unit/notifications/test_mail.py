"""Mails as bytes, read as a mail program reads them."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.calendar_files import Event
from notifications.channels.mail import MAX_ATTACHMENT_BYTES, Composer, NotComposed
from notifications.models import Channel, Delivery, EmailContent, Invitation, MessageCategory

DELIVERY = Delivery(
    id="dlv_1",
    notification_id="ntf_1",
    event_id="ntf_1",
    recipient_key="usr_a",
    recipient_id="usr_a",
    requester_id="usr_a",
    channel=Channel.EMAIL,
    address="ada@example.com",
    content=EmailContent("Hi", "There", "<p>There</p>"),
    category=MessageCategory.BOOKING,
    template=None,
    correlation_id="cor_1",
    created_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
    send_at=None,
    good_until=None,
    due_at=None,
    expires_at=datetime(2026, 6, 1, tzinfo=UTC),
)
SENDER = "Artist Booking <hello@artistbooking.example>"
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want", with a non-joiner


def compose(*, sender: str = SENDER, **changes: Any) -> bytes:
    return Composer(sender).compose(replace(DELIVERY, **changes)).content


def read(content: bytes) -> EmailMessage:
    return BytesParser(EmailMessage, policy=SMTP).parsebytes(content)


def mail(**changes: Any) -> EmailMessage:
    return read(compose(**changes))


def text_of(part: Any) -> str:
    return str(part.get_content())


def test_a_mail_has_text_html_and_headers() -> None:
    made = mail()
    assert made.get_content_type() == "multipart/alternative"
    parts = list(made.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content() == "There\r\n"
    assert made["To"] == "ada@example.com"
    assert made["Date"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert made["Message-ID"] == "<dlv_1@artistbooking.example>"
    assert made["X-Correlation-Id"] == "cor_1"
    assert made["From"] == SENDER
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["MIME-Version"] == "1.0"
    assert mail(content=EmailContent("Hi", "There")).get_content_type() == "text/plain"


def test_attachments_are_limited_in_size() -> None:
    event = Event(
        uid="apt_1@artist-booking",
        sequence=0,
        starts_at=DELIVERY.created_at,
        ends_at=DELIVERY.created_at,
        status="confirmed",
        summary="Sleeve \N{EN DASH} \xe9bauche",
        description="",
        updated_at=DELIVERY.created_at,
    )
    made = mail(content=EmailContent("Hi", "There", invitation=Invitation("REQUEST", event, "Ada")))
    parts = [part for part in made.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == [
        "text/plain",
        "text/calendar",
        "application/ics",
    ]
    assert parts[1].get_param("method") == "REQUEST"
    assert parts[2].get_filename() == "appointment.ics"
    calendar = parts[2].get_content()
    assert "mailto:ada@example.com" in calendar.decode().replace("\r\n ", "")
    assert text_of(parts[1]).encode() == calendar
    several = Invitation("PUBLISH", event, "Ada", (replace(event, uid="apt_2@artist-booking"),))
    published = mail(content=EmailContent("Hi", "There", invitation=several))
    text = str(list(published.walk())[-1].get_content().decode()).replace("\r\n ", "")
    assert "METHOD:PUBLISH" in text
    assert text.count("UID:apt_") == 2
    assert "ATTENDEE" not in text
    long = replace(event, description="x" * MAX_ATTACHMENT_BYTES)
    with pytest.raises(NotComposed, match="too large"):
        mail(content=EmailContent("Hi", "There", invitation=Invitation("REQUEST", long, "Ada")))


@pytest.mark.parametrize(
    "subject",
    [
        "Hi",
        "Your appointment " * 11,
        "x" * 200,
        "=?utf-8?q?Hi?=",
        "Gr\xfc\xdfe aus Z\xfcrich",
        FAMILY,
        FAMILY * 20,
        PERSIAN,
        f"{PERSIAN} " * 15,
        "\N{VICTORY HAND}\ufe0f",
        "\u05e9\u05dc\u05d5\u05dd\u200f!",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    content = compose(content=EmailContent(subject, "There"))
    assert read(content)["Subject"] == " ".join(subject.split())
    assert content.isascii()
    head = content.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "text",
    [
        "There",
        "",
        "A line\nand another",
        ".\n..\n.hidden",
        "x" * 5_000,
        "Gr\xfc\xdfe aus Z\xfcrich = 5\N{EURO SIGN} ",
        f"{PERSIAN} {FAMILY}\n" * 50,
        "trailing space \nand tab\t\n",
        "From here",
    ],
)
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    content = compose(content=EmailContent("Hi", text, f"<p>{text}</p>"))
    plain, html = read(content).iter_parts()
    assert text_of(plain) == text.replace("\n", "\r\n").removesuffix("\r\n") + "\r\n"
    assert text_of(html) == f"<p>{text}</p>\n".replace("\n", "\r\n")
    assert content.isascii()  # so that no server needs to offer 8BITMIME
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@settings(max_examples=50)
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_words_make_a_mail_of_seven_bits(subject: str, text: str) -> None:
    content = compose(content=EmailContent(subject, text, text))
    assert content.isascii()
    assert b"\0" not in content
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert len(list(read(content).iter_parts())) == 2


def test_a_nul_is_left_out() -> None:
    made = mail(content=EmailContent("H\0i", "The\0re\N{EURO SIGN}"))
    assert (made["Subject"], text_of(made)) == ("H i", "There\N{EURO SIGN}\r\n")


def test_bodies_of_a_batch_are_written_once() -> None:
    composer = Composer(SENDER)
    first = composer.compose(DELIVERY).content.partition(b"MIME-Version")[2]
    second = composer.compose(replace(DELIVERY, id="dlv_2", address="bob@example.com")).content
    assert second.partition(b"MIME-Version")[2] == first
    assert Composer(SENDER).compose(DELIVERY).content.partition(b"MIME-Version")[2] != first


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada,eve@example.com",
        "Eve <eve@example.com>",
        "<ada@example.com>",
        "ada@",
        "",
        "ada(eve)@example.com",
        "ada@[x.example]",
        "ada@[x.example",
        "ada@[",
        "ada@[ ",
        "ada@[192.0.2.1]",
        "ada@[IPv6:2001:db8::1]",
        "ada@[192.0.2.1].example",
        "ada",
        "@example.com",
        "ada@@example.com",
        "ada..lovelace@example.com",
        "ada@example..com",
        "ada@(x.example)",
        "ada@example.com ",
        "ada @example.com",
        "ada@\x7f.example",
        "ada@\udcff.example",
        "ada@=?utf-8?q?example.com?=",  # would be decoded to another address
    ],
)
def test_what_is_no_address_is_rejected(address: str) -> None:
    with pytest.raises(NotComposed, match="not a mail address"):
        mail(address=address)


@pytest.mark.parametrize(
    "address", ["ada@example.com", "a.b+c@mail.example.com", "'a=b'@x.example"]
)
def test_a_mail_goes_to_exactly_its_address(address: str) -> None:
    assert compose(address=address).startswith(b"To: " + address.encode() + b"\r\n")


def test_an_international_domain_is_sent_in_ascii() -> None:
    composed = Composer(SENDER).compose(replace(DELIVERY, address="ada@b\xfccher.example"))
    assert composed.recipient == "ada@xn--bcher-kva.example"
    assert not composed.needs_utf8
    assert composed.content.startswith(b"To: ada@xn--bcher-kva.example\r\n")


def test_only_an_international_mailbox_needs_an_extension() -> None:
    composed = Composer(SENDER).compose(replace(DELIVERY, address="\xe1d\xe1@b\xfccher.example"))
    assert composed.recipient == "\xe1d\xe1@xn--bcher-kva.example"
    assert composed.needs_utf8
    assert composed.content.decode().startswith("To: \xe1d\xe1@xn--bcher-kva.example\r\n")


# What the grammar of addresses knows (RFC 5322), and what it does not.
_PIECES = ["ada@", "@", "x.example", ".", "[", "]", "<", ">", "(", ")", '"', ",", ":", ";", "\\"]
_PIECES += [" ", "\t", "\r\n", "=?utf-8?q?a?=", "IPv6:", "\xe9", "\x00", "\x7f", "\udcff", "a"]


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))
def test_any_text_is_an_address_or_rejected(address: str) -> None:
    try:
        composed = Composer(SENDER).compose(replace(DELIVERY, address=address))
    except NotComposed:
        return
    assert composed.recipient == address
    assert composed.content.startswith(b"To: " + address.encode() + b"\r\nFrom: ")


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        ("Artist Booking <hello@artistbooking.example>", "artistbooking.example"),
        ("<hello@artistbooking.example>", "artistbooking.example"),
        ("hello@mail.artistbooking.example", "mail.artistbooking.example"),
        ('"Ada @ home" <hello@artistbooking.example>', "artistbooking.example"),
        ("K\xfcnstler <hello@b\xfccher.example>", "xn--bcher-kva.example"),
    ],
)
def test_the_message_id_has_the_domain_of_the_sender(sender: str, domain: str) -> None:
    made = mail(sender=sender)
    assert made["Message-ID"] == f"<dlv_1@{domain}>"
    assert made["From"].addresses[0].domain == domain


def test_a_subject_cannot_become_a_header() -> None:
    made = mail(content=EmailContent("Hi\r\nBcc: eve@example.com", "There"))
    assert made["Subject"] == "Hi Bcc: eve@example.com"
    assert made["Bcc"] is None


def test_a_link_to_unsubscribe_is_in_headers_that_are_not_folded() -> None:
    url = f"https://api.example/v1/notifications/unsubscribe/{'x' * 300}"
    content = EmailContent("Hi", "There", unsubscribe_url=url)
    lines = compose(content=content).split(b"\r\n")
    assert f"List-Unsubscribe: <{url}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert mail()["List-Unsubscribe"] is None
