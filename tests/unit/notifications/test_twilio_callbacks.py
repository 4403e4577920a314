"""Twilio's callbacks: signatures, keywords and answers."""

import pytest
from twilio.request_validator import RequestValidator

from domain.errors import Forbidden
from notifications.callbacks import twilio
from notifications.callbacks.twilio import PostedForm
from notifications.models import DeliveryStatus
from notifications.rules import sms_keywords
from notifications.rules.sms_keywords import Keyword

TOKEN = "12345"
URL = "https://example.com/myapp.php?foo=1&bar=2"
# The example of Twilio's documentation, and what its own library computes.
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}
BODY = (
    b"CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030"
    b"&To=%2B18005551212"
)


def sign(url: str, fields: dict[str, str]) -> str:
    return str(RequestValidator(TOKEN).compute_signature(url, fields))


def read(body: bytes, signature: str, *urls: str, content_type: str = twilio.FORM) -> twilio.Fields:
    return twilio.read_form(PostedForm(body, content_type, signature, ""), urls or (URL,), TOKEN)


def test_the_signature_is_that_of_twilios_library() -> None:
    fields = {name: [value] for name, value in DOCUMENTED.items()}
    assert twilio.sign(URL, fields, TOKEN) == sign(URL, DOCUMENTED)
    assert read(BODY, sign(URL, DOCUMENTED)) == fields


@pytest.mark.parametrize(
    ("called", "signed"),
    [
        ("https://api.example:443/api/v1/x", "https://api.example/api/v1/x"),
        ("https://api.example/api/v1/x", "https://api.example:443/api/v1/x"),
        ("http://127.0.0.1:80/v1/x", "http://127.0.0.1/v1/x"),
    ],
)
def test_a_url_is_signed_with_its_port_or_without(called: str, signed: str) -> None:
    # The same signature is computed with the other form of the URL.
    form = {"A": "b"}
    expected = twilio.sign(signed, {"A": ["b"]}, TOKEN)
    assert expected == sign(signed, form)
    assert read(b"A=b", expected, called)


def test_one_of_several_urls_is_enough() -> None:
    signature = sign("https://abc.execute-api.us-east-1.amazonaws.com/api/v1/x", {"A": "b"})
    urls = ("https://api.example/v1/x", "https://abc.execute-api.us-east-1.amazonaws.com/api/v1/x")
    assert read(b"A=b", signature, *urls)
    with pytest.raises(Forbidden):
        read(b"A=b", signature, urls[0])


@pytest.mark.parametrize(
    ("body", "signature", "content_type"),
    [
        (BODY + b"&Extra=1", None, twilio.FORM),
        (BODY.replace(b"1234", b"1235"), None, twilio.FORM),
        (BODY, "", twilio.FORM),
        (BODY, "ä", twilio.FORM),
        (BODY, "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", twilio.FORM),
        (BODY, None, "application/json"),
        (b"A=" + b"&A=" * 300, None, twilio.FORM),
        (b"\xff\xfe", None, twilio.FORM),
    ],
)
def test_anything_else_is_refused(body: bytes, signature: str | None, content_type: str) -> None:
    given = sign(URL, DOCUMENTED) if signature is None else signature
    with pytest.raises(Forbidden):
        read(body, given, content_type=content_type)


def test_empty_and_repeated_fields_are_signed_too() -> None:
    signature = twilio.sign(URL, {"Body": [""], "Media": ["a", "b"]}, TOKEN)
    assert read(b"Body=&Media=b&Media=a&Media=b", signature)["Body"] == [""]


def test_a_status_is_read() -> None:
    fields = {"MessageSid": ["SM1"], "MessageStatus": ["undelivered"], "ErrorCode": ["30005"]}
    status = twilio.read_status(fields)
    assert status is not None
    assert (status.sid, status.state, status.error_code) == ("SM1", DeliveryStatus.BOUNCED, 30005)
    assert twilio.read_status({"MessageStatus": ["partially_delivered"]}) is None


@pytest.mark.parametrize(
    ("text", "keyword", "locale"),
    [
        *((word, Keyword.STOP, "en") for word in ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL")),
        *((word, Keyword.STOP, "en") for word in ("END", "QUIT", " stop. ", "Stop!", "“stop”")),
        ("Stopp", Keyword.STOP, "de"),
        *((word, Keyword.START, "en") for word in ("START", "UNSTOP", "yes")),
        *((word, Keyword.HELP, "en") for word in ("help", "INFO", "Help?")),
        ("Hilfe", Keyword.HELP, "de"),
    ],
)
def test_a_keyword_is_read(text: str, keyword: Keyword, locale: str) -> None:
    reply = sms_keywords.read(text)
    assert reply is not None
    assert (reply.keyword, reply.locale) == (keyword, locale)
    assert sms_keywords.write_answer(reply, "Artist Booking").startswith("Artist Booking: ")


@pytest.mark.parametrize("text", ["", "Stop by at noon", "please stop", "yes please", "stops", "."])
def test_other_texts_are_no_keywords(text: str) -> None:
    assert sms_keywords.read(text) is None


def test_every_answer_is_one_sms() -> None:
    """160 characters of the GSM alphabet, with the name of the service."""
    for answer in sms_keywords.ANSWERS.values():
        assert len(answer.format(service="Artist Booking")) <= 160
        assert answer.isascii()


def test_an_answer_is_escaped() -> None:
    assert twilio.write_twiml("a < b & c").endswith(
        "<Response><Message>a &lt; b &amp; c</Message></Response>"
    )
    assert twilio.write_twiml(None).endswith("<Response></Response>")
