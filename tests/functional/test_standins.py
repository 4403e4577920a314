"""The stand-ins, reached by the same clients that production code uses, unmodified."""

import base64
import hashlib
import http.server
import json
import os
import queue
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid
from pywebpush import WebPusher, WebPushException, webpush
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from infra.local.standins.server import CannotListen, running_standins
from infra.local.standins.twilio import DEFAULT_PHONE_NUMBER

ROOT = Path(__file__).resolve().parents[2]
RECIPIENT = "+14155550123"
DEADLINE_SECONDS = 20


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running_standins(tmp_path_factory.mktemp("standins")) as standins:
        yield standins


def test_containers_reach_the_stand_ins_by_another_name_and_people_do_not(tmp_path: Path) -> None:
    """127.0.0.2 stands for the bridge, which is an address of this machine on Linux alone."""
    name = "host.docker.internal"
    also_on = ["127.0.0.2"] if sys.platform == "linux" else []
    with running_standins(tmp_path, application_host=name, also_on=also_on) as standins:
        port = urlsplit(standins.inbox_url).port
        assert standins.inbox_url == f"http://127.0.0.1:{port}"
        host = (*also_on, "127.0.0.1")[0]
        bridge, known = f"http://{host}:{port}", f"http://{name}:{port}"
        described = requests.get(f"{bridge}/openid/.well-known/openid-configuration", timeout=5)
        assert described.json()["issuer"] == f"{known}/openid"
        assert described.json()["token_endpoint"] == f"{known}/openid/token"
        page = described.json()["authorization_endpoint"]
        assert page == f"{standins.inbox_url}/openid/authorize"
        social = standins.social.settings()
        assert social["SOCIAL_GOOGLE_TOKEN_URL"] == f"{known}/google/token"
        assert social["SOCIAL_GOOGLE_AUTHORIZE_URL"].startswith(standins.inbox_url)
        assert social["SOCIAL_FACEBOOK_MEDIA_HOSTS"] == name
        with smtplib.SMTP(host, standins.smtp_port, timeout=5) as client:
            client.sendmail("a@example.com", "b@example.com", "Subject: Hello\r\n\r\nHi")
        (mail,) = requests.get(f"{standins.inbox_url}/messages", timeout=5).json()
        assert mail["subject"] == "Hello"


@pytest.fixture
def standins(running: Any) -> Any:
    """The running stand-ins with an empty inbox and without faults."""
    requests.delete(f"{running.inbox_url}/messages", timeout=5).raise_for_status()
    requests.delete(f"{running.inbox_url}/faults", timeout=5).raise_for_status()
    return running


@pytest.fixture
def sms(standins: Any) -> Any:
    return sms_client(standins)


@pytest.fixture(scope="module")
def vapid() -> Any:
    key = Vapid()
    key.generate_keys()
    return key


def messages(standins: Any, **query: Any) -> Any:
    response = requests.get(f"{standins.inbox_url}/messages", params=query, timeout=5)
    response.raise_for_status()
    return response.json()


def put_fault(standins: Any, channel: Any, **fault: Any) -> None:
    response = requests.put(f"{standins.inbox_url}/faults/{channel}", json=fault, timeout=5)
    response.raise_for_status()


def eventually(condition: Any) -> Any:
    """The first true value of `condition()`; fails when it does not come in time."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return value


# Mail


def mail_to(*recipients: Any, subject: Any = "Hello", text: Any = "Hello there") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Studio <no-reply@studio.example>"
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = subject
    mail.set_content(text)
    return mail


@contextmanager
def smtp_connection(standins: Any) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", standins.smtp_port, timeout=10) as connection:
        yield connection


def test_a_mail_arrives_with_its_parts(standins: Any) -> None:
    mail = mail_to("ada@example.com", subject="Größe und Ort ✂", text="Dein Code: 482913 ✂")
    mail.add_alternative("<p>Dein Code: <b>482913</b></p>", subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="application", subtype="ics", filename="a.ics")
    mail.add_attachment(bytes(9), maintype="image", subtype="png")
    mail["X-Correlation-Id"] = "c-1"
    with smtp_connection(standins) as connection:
        connection.send_message(mail)

    [arrived] = messages(standins)
    assert {name: arrived[name] for name in arrived.keys() - {"id", "receivedAt", "headers"}} == {
        "channel": "email",
        "to": "ada@example.com",
        "from": "no-reply@studio.example",
        "subject": "Größe und Ort ✂",
        "text": "Dein Code: 482913 ✂\n",
        "html": "<p>Dein Code: <b>482913</b></p>\n",
        "title": None,
        "body": None,
        "data": None,
        "actions": None,
        "reference": None,
        "status": None,
        "attachments": [
            {"contentType": "application/ics", "name": "a.ics", "content": "BEGIN:VCALENDAR"},
            {"contentType": "image/png", "name": None, "content": None},
        ],
    }
    assert arrived["headers"]["x-correlation-id"] == "c-1"
    assert arrived["headers"]["from"] == "Studio <no-reply@studio.example>"
    assert arrived["receivedAt"].endswith("Z")


def test_every_recipient_has_a_mailbox(standins: Any) -> None:
    with smtp_connection(standins) as connection:
        # The envelope decides who gets it, not the header.
        envelope = ["Bob@example.com", "eve@b.co"]
        connection.send_message(mail_to("ada@example.com"), to_addrs=envelope)
    assert [each["to"] for each in messages(standins)] == ["Bob@example.com", "eve@b.co"]
    assert [each["to"] for each in messages(standins, to="bob@EXAMPLE.com")] == ["Bob@example.com"]


def test_an_unreadable_mail_is_refused_and_the_next_one_is_taken(standins: Any) -> None:
    unreadable = b"Content-Type: text/plain; charset=no-such\r\n\r\nHello\r\n"
    with smtp_connection(standins) as connection:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            connection.sendmail("a@b.co", ["ada@example.com"], unreadable)
        assert refused.value.smtp_code == 500
        connection.send_message(mail_to("bob@example.com"))
    assert [each["to"] for each in messages(standins)] == ["bob@example.com"]


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
def test_any_login_is_taken(standins: Any, mechanism: str) -> None:
    with smtp_connection(standins) as connection:
        connection.ehlo()
        connection.user, connection.password = "anyone", "anything"
        name = mechanism.removeprefix("auth_").upper()
        code, _ = connection.auth(name, getattr(connection, mechanism))
        assert code == 235
        connection.send_message(mail_to("ada@example.com"))
    assert len(messages(standins, channel="email")) == 1


@pytest.mark.parametrize("status", [451, 550])
def test_mail_is_refused_as_often_as_asked(standins: Any, status: int) -> None:
    put_fault(standins, "email", status=status, count=2)
    with smtp_connection(standins) as connection:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError) as refused:
                connection.send_message(mail_to("ada@example.com"))
            assert refused.value.smtp_code == status
        connection.send_message(mail_to("bob@example.com"))
    assert [each["to"] for each in messages(standins)] == ["bob@example.com"]


def test_a_mail_connection_is_dropped(standins: Any) -> None:
    put_fault(standins, "email", drop=True, count=1)
    with pytest.raises(smtplib.SMTPServerDisconnected), smtp_connection(standins) as connection:
        connection.send_message(mail_to("ada@example.com"))
    assert messages(standins) == []
    with smtp_connection(standins) as connection:
        connection.send_message(mail_to("ada@example.com"))
    assert len(messages(standins)) == 1


@pytest.mark.parametrize("channel", ["email", "sms", "push"])
def test_a_delayed_message_arrives_all_the_same(
    standins: Any, sms: Any, vapid: Any, channel: str
) -> None:
    put_fault(standins, channel, delaySeconds=0.3, count=1)
    started = time.monotonic()
    if channel == "email":
        with smtp_connection(standins) as connection:
            connection.send_message(mail_to("ada@example.com"))
    elif channel == "sms":
        send_sms(sms)
    else:
        push(subscription(standins), vapid)
    assert time.monotonic() - started >= 0.3
    assert len(messages(standins, channel=channel)) == 1


# Twilio


def sms_client(standins: Any, **credentials: Any) -> Client:
    account_sid = credentials.get("account_sid", standins.account_sid)
    auth_token = credentials.get("auth_token", standins.auth_token)
    client = Client(account_sid, auth_token)
    client.api.base_url = standins.twilio_url
    return client


def send_sms(
    client: Any, to: Any = RECIPIENT, body: Any = "Your code is 482913", **options: Any
) -> Any:
    return client.messages.create(to=to, from_=DEFAULT_PHONE_NUMBER, body=body, **options)


@contextmanager
def callback_receiver() -> Iterator[Any]:
    """A server for status callbacks: its URL, and a queue of (signature header, form)."""
    calls: Any = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.put((self.headers["X-Twilio-Signature"], dict(parse_qsl(body.decode()))))
            self.send_response(204)
            self.end_headers()

        def log_request(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/status?delivery=d%201", calls
        finally:
            server.shutdown()
            thread.join()


def test_a_text_message_is_accepted_and_delivered(standins: Any, sms: Any) -> None:
    created = send_sms(sms, body="Grüße ✂ & mehr")
    assert (created.status, created.to, created.body) == ("queued", RECIPIENT, "Grüße ✂ & mehr")
    assert re.fullmatch("SM[0-9a-f]{32}", created.sid)
    assert created.date_created is not None
    assert created.date_sent is None

    [arrived] = messages(standins, channel="sms", to=RECIPIENT)
    assert (arrived["to"], arrived["from"]) == (RECIPIENT, DEFAULT_PHONE_NUMBER)
    assert arrived["text"] == "Grüße ✂ & mehr"
    assert "twilio-python" in arrived["headers"]["user-agent"]
    assert "authorization" not in arrived["headers"]

    fetched = eventually(lambda: delivered(sms, created.sid))
    assert fetched.body == created.body
    assert fetched.date_sent is not None


def delivered(client: Any, sid: Any) -> Any:
    message = client.messages(sid).fetch()
    return message if message.status == "delivered" else None


def test_text_messages_are_listed_newest_first(sms: Any) -> None:
    first, second = send_sms(sms, to="+14155550177"), send_sms(sms, to="+14155550177")
    listed = sms.messages.list(to="+14155550177")
    assert [each.sid for each in listed] == [second.sid, first.sid]


def test_status_callbacks_are_signed_and_in_order(sms: Any) -> None:
    with callback_receiver() as (url, calls):
        created = send_sms(sms, status_callback=url)
        received = [calls.get(timeout=DEADLINE_SECONDS) for _ in range(3)]

    validator = RequestValidator(sms.password)
    assert [form["MessageStatus"] for _, form in received] == ["queued", "sent", "delivered"]
    for signature, form in received:
        assert validator.validate(url, form, signature)
        assert not validator.validate(url, {**form, "MessageStatus": "failed"}, signature)
        assert form["MessageSid"] == created.sid
        assert (form["To"], form["From"]) == (RECIPIENT, DEFAULT_PHONE_NUMBER)
        assert (form["AccountSid"], form["ApiVersion"]) == (sms.username, "2010-04-01")


def test_a_callback_nobody_answers_changes_nothing(sms: Any, free_port: Any) -> None:
    created = send_sms(sms, status_callback=f"http://127.0.0.1:{free_port}/")
    eventually(lambda: delivered(sms, created.sid))


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"to": "0151 23"}, 400, 21211),
        ({"to": "+15005550001"}, 400, 21211),
        ({"to": "+15005550002"}, 400, 21612),
        ({"to": "+15005550003"}, 400, 21408),
        ({"to": "+15005550004"}, 400, 21610),
        ({"to": "+15005550009"}, 400, 21614),
        ({"to": ""}, 400, 21604),
        ({"from_": ""}, 400, 21603),
        ({"from_": "a name too long"}, 400, 21212),
        ({"from_": "+15005550001"}, 400, 21212),
        ({"from_": "+15005550007"}, 400, 21606),
        ({"from_": "+15005550008"}, 400, 21611),
        ({"body": ""}, 400, 21602),
        ({"body": "x" * 1601}, 400, 21617),
        ({"status_callback": "ftp://example.com/"}, 400, 21609),
        ({"status_callback": "http://[broken"}, 400, 21609),
    ],
)
def test_what_twilio_refuses(standins: Any, sms: Any, wrong: Any, status: int, code: int) -> None:
    message = {"to": RECIPIENT, "from_": DEFAULT_PHONE_NUMBER, "body": "Hello", **wrong}
    with pytest.raises(TwilioRestException) as refused:
        sms.messages.create(**message)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert messages(standins) == []


def test_the_body_of_a_twilio_error(standins: Any) -> None:
    url = f"{standins.twilio_url}/2010-04-01/Accounts/{standins.account_sid}/Messages.json"
    answer = requests.post(url, timeout=5)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": 20003,
        "message": "Authenticate",
        "more_info": "https://www.twilio.com/docs/errors/20003",
        "status": 401,
    }


@pytest.mark.parametrize("wrong", [{"auth_token": "guessed"}, {"account_sid": "AC" + "1" * 32}])
def test_wrong_credentials(standins: Any, wrong: Any) -> None:
    client = sms_client(standins, **wrong)
    with pytest.raises(TwilioRestException) as refused:
        send_sms(client)
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert messages(standins) == []


def test_what_twilio_does_not_know(sms: Any) -> None:
    known = send_sms(sms).sid
    with pytest.raises(TwilioRestException) as unknown_message:
        sms.messages("SM" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException) as unknown_account:
        sms.api.accounts("AC" + "1" * 32).messages(known).fetch()
    for unknown in (unknown_message, unknown_account):
        assert (unknown.value.status, unknown.value.code) == (404, 20404)


def test_a_recipient_who_replied_stop(standins: Any, sms: Any) -> None:
    stopped = f"{standins.inbox_url}/twilio/stopped/{RECIPIENT}"
    for _ in range(2):
        assert requests.put(stopped, timeout=5).status_code == 204
    try:
        with pytest.raises(TwilioRestException) as refused:
            send_sms(sms)
        assert refused.value.code == 21610
    finally:
        assert requests.delete(stopped, timeout=5).status_code == 204
    send_sms(sms)
    assert requests.put(f"{standins.inbox_url}/twilio/stopped/555", timeout=5).status_code == 422


def test_twilio_is_overloaded(standins: Any, sms: Any) -> None:
    put_fault(standins, "sms", status=429, count=1)
    with pytest.raises(TwilioRestException) as refused:
        send_sms(sms)
    assert (refused.value.status, refused.value.code) == (429, 20429)
    send_sms(sms)
    assert len(messages(standins)) == 1


def test_twilio_drops_the_connection(standins: Any, sms: Any) -> None:
    put_fault(standins, "sms", drop=True, count=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        send_sms(sms)
    assert messages(standins) == []


# Web Push


def subscription(standins: Any, **wanted: Any) -> Any:
    response = requests.post(
        f"{standins.inbox_url}/push/subscriptions", json=wanted or None, timeout=5
    )
    assert response.status_code == 201
    return response.json()


def push(subscription: Any, vapid: Any, data: Any = "Hello", **options: Any) -> Any:
    claims = {"sub": "mailto:push@studio.example", **options.pop("claims", {})}
    return webpush(
        subscription, data, vapid_private_key=vapid, vapid_claims=claims, timeout=10, **options
    )


def instruct(subscription: Any, **instruction: Any) -> requests.Response:
    url = subscription["endpoint"].replace("/push/", "/push/subscriptions/")
    return requests.put(url, json=instruction, timeout=5)


def raw_push(subscription: Any, authorization: Any, **changed: Any) -> requests.Response:
    """A push whose every header is in the hands of the test; None leaves one out."""
    headers = {"TTL": "60", "Content-Encoding": "aes128gcm", "Authorization": authorization}
    headers |= changed.pop("headers", {})
    body = changed.pop("body", None) or WebPusher(subscription).encode(b"Hello")["body"]
    headers = {name: value for name, value in headers.items() if value is not None}
    return requests.post(subscription["endpoint"], data=body, headers=headers, timeout=5)


def authorization(vapid: Any, subscription: Any, **claims: Any) -> str:
    origin = subscription["endpoint"].rpartition("/push/")[0]
    claims = {"aud": origin, "exp": int(time.time()) + 3600, "sub": "mailto:a@b.co", **claims}
    token = jwt.encode(claims, vapid.private_key, algorithm="ES256")
    return f"vapid t={token}, k={public_point(vapid.public_key)}"


def public_point(public_key: Any) -> str:
    numbers = public_key.public_numbers()
    point = b"\4" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def test_a_notification_arrives_decrypted(standins: Any, vapid: Any) -> None:
    issued = subscription(standins, user="usr_ada")
    assert issued.keys() == {"endpoint", "keys"}
    assert issued["keys"].keys() == {"p256dh", "auth"}
    payload: dict[str, Any] = {
        "title": "Tomorrow at 9",
        "body": "Bring ✂",
        "data": {"url": "/apt/1"},
        "tag": "x",
    }
    payload["actions"] = [{"title": "Prices", "link": "/v1/x"}]
    answer = push(issued, vapid, json.dumps(payload), ttl=60, headers={"Topic": "apt-1"})
    assert answer.status_code == 201
    assert answer.headers["Location"].startswith(standins.inbox_url)

    [arrived] = messages(standins, channel="push", to="usr_ada")
    assert arrived["title"] == "Tomorrow at 9"
    assert arrived["body"] == "Bring ✂"
    assert arrived["data"] == {"url": "/apt/1"}
    assert arrived["actions"] == payload["actions"]
    assert arrived["text"] is None
    assert arrived["from"] == "mailto:push@studio.example"
    assert (arrived["headers"]["topic"], arrived["headers"]["ttl"]) == ("apt-1", "60")


@pytest.mark.parametrize("payload", ["Just words", '{"other": 1}', '{"title": 7}', "[1]"])
def test_a_payload_of_another_form_is_text(standins: Any, vapid: Any, payload: str) -> None:
    issued = subscription(standins)
    push(issued, vapid, payload)
    [arrived] = messages(standins, to=issued["endpoint"])
    assert (arrived["text"], arrived["title"], arrived["data"]) == (payload, None, None)


def test_a_push_without_payload(standins: Any, vapid: Any) -> None:
    push(subscription(standins, user="ada"), vapid, data=None)
    [arrived] = messages(standins)
    assert (arrived["to"], arrived["text"], arrived["title"]) == ("ada", None, None)


def test_a_push_without_identification_is_refused(standins: Any) -> None:
    issued = subscription(standins)
    assert raw_push(issued, None).status_code == 401
    assert raw_push(issued, "Bearer x").status_code == 401
    assert messages(standins) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://push.example.com"},
        {"aud": None},
        {"exp": 1},
        {"exp": None},
        {"exp": int(time.time()) + 25 * 3600},
    ],
)
def test_a_token_that_does_not_hold(standins: Any, vapid: Any, claims: Any) -> None:
    issued = subscription(standins)
    assert raw_push(issued, authorization(vapid, issued, **claims)).status_code == 403
    assert messages(standins) == []
    assert raw_push(issued, authorization(vapid, issued)).status_code == 201


def test_a_token_signed_by_another_key(standins: Any, vapid: Any) -> None:
    issued = subscription(standins)
    other = public_point(ec.generate_private_key(ec.SECP256R1()).public_key())
    token = authorization(vapid, issued).partition(",")[0]
    for forged in (f"{token}, k={other}", f"{token}, k=AAAA", f"{token}, k=!", token, "vapid t=x"):
        assert raw_push(issued, forged).status_code == 403
    assert messages(standins) == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"headers": {"TTL": None}}, 400),
        ({"headers": {"TTL": "soon"}}, 400),
        ({"headers": {"Content-Encoding": "aesgcm"}}, 415),
        ({"body": b"x" * 4097}, 413),
        ({"body": b"x" * 4096}, 400),
    ],
)
def test_a_push_of_the_wrong_form(standins: Any, vapid: Any, changed: Any, status: int) -> None:
    issued = subscription(standins)
    assert raw_push(issued, authorization(vapid, issued), **changed).status_code == status
    assert messages(standins) == []


def test_a_push_encrypted_for_somebody_else(standins: Any, vapid: Any) -> None:
    issued, other = subscription(standins), subscription(standins)
    with pytest.raises(WebPushException) as refused:
        push({**issued, "keys": other["keys"]}, vapid)
    assert refused.value.response.status_code == 400
    assert messages(standins) == []


def test_an_unknown_subscription(standins: Any, vapid: Any) -> None:
    issued = subscription(standins)
    with pytest.raises(WebPushException) as refused:
        push({**issued, "endpoint": f"{issued['endpoint']}0"}, vapid)
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("status", [404, 410, 429, 500])
def test_a_subscription_told_to_fail(standins: Any, vapid: Any, status: int) -> None:
    issued, other = subscription(standins), subscription(standins)
    assert instruct(issued, status=status, retryAfter=7).status_code == 204
    for _ in range(2):
        with pytest.raises(WebPushException) as refused:
            push(issued, vapid)
        assert refused.value.response.status_code == status
        assert refused.value.response.headers["Retry-After"] == "7"
    push(other, vapid)
    assert instruct(issued, status=201).status_code == 204
    push(issued, vapid)
    assert [each["to"] for each in messages(standins)] == [other["endpoint"], issued["endpoint"]]


def test_the_push_service_fails(standins: Any, vapid: Any) -> None:
    issued = subscription(standins)
    put_fault(standins, "push", status=503, retryAfter=3, count=1)
    with pytest.raises(WebPushException) as refused:
        push(issued, vapid)
    assert refused.value.response.status_code == 503
    assert refused.value.response.headers["Retry-After"] == "3"
    put_fault(standins, "push", drop=True, count=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        push(issued, vapid)
    assert messages(standins) == []
    push(issued, vapid)
    assert len(messages(standins)) == 1


# The inbox


def test_the_inbox_is_in_order_and_can_be_filtered_and_cleared(
    standins: Any, sms: Any, vapid: Any
) -> None:
    send_sms(sms)
    push(subscription(standins, user="usr_ada"), vapid)
    with smtp_connection(standins) as connection:
        connection.send_message(mail_to("a+b@example.com"))

    everything = messages(standins)
    assert [each["channel"] for each in everything] == ["sms", "push", "email"]
    assert len({each["id"] for each in everything}) == 3
    assert len({frozenset(each) for each in everything}) == 1
    assert messages(standins, channel="push", to="usr_ada") == everything[1:2]
    assert messages(standins, channel="sms", to="usr_ada") == []
    # In a query an unescaped plus sign means a space, and yet people write it.
    for to in ("a+b@example.com", "A%2Bb@example.com"):
        found = requests.get(f"{standins.inbox_url}/messages?to={to}", timeout=5).json()
        assert found == everything[2:]

    assert requests.delete(f"{standins.inbox_url}/messages", timeout=5).status_code == 204
    assert messages(standins) == []


def test_an_unchanged_inbox_is_not_sent_again(standins: Any, sms: Any) -> None:
    url = f"{standins.inbox_url}/messages"
    etag = requests.get(url, timeout=5).headers["ETag"]
    assert requests.get(url, headers={"If-None-Match": etag}, timeout=5).status_code == 304
    send_sms(sms)
    assert requests.get(url, headers={"If-None-Match": etag}, timeout=5).status_code == 200


def test_faults_are_shown_counted_down_and_cleared(standins: Any, sms: Any) -> None:
    put_fault(standins, "sms", status=500, count=2)
    put_fault(standins, "push", delaySeconds=0.5)
    put_fault(standins, "email", drop=True)
    with pytest.raises(TwilioRestException):
        send_sms(sms)
    url = f"{standins.inbox_url}/faults"
    assert requests.get(url, timeout=5).json() == {
        "sms": {"status": 500, "count": 1},
        "push": {"delaySeconds": 0.5},
        "email": {"drop": True},
    }
    assert requests.delete(f"{url}/sms", timeout=5).status_code == 204
    assert requests.get(url, timeout=5).json().keys() == {"push", "email"}
    assert requests.delete(url, timeout=5).status_code == 204
    assert requests.get(url, timeout=5).json() == {}
    send_sms(sms)


@pytest.mark.parametrize(
    ("request_line", "body", "status", "field"),
    [
        ("PUT /faults/sms", "{", 400, "body"),
        ("PUT /faults/sms", '{"status": "500"}', 422, "body.status"),
        ("PUT /faults/sms", '{"status": 200}', 422, "body.status"),
        ("PUT /faults/sms", '{"status": 500, "count": 0}', 422, "body.count"),
        ("PUT /faults/sms", '{"delaySeconds": -1}', 422, "body.delaySeconds"),
        ("PUT /faults/sms", '{"state": 500}', 422, "body"),
        ("PUT /faults/sms", '{"count": 3}', 422, "body"),
        ("PUT /faults/sms", '{"status": 500, "drop": true}', 422, "body"),
        ("PUT /faults/fax", '{"status": 500}', 422, "path.channel"),
        ("DELETE /faults/fax", "", 422, "path.channel"),
        ("GET /messages?channel=fax", "", 422, "query.channel"),
        ("GET /messages?chanel=sms", "", 422, "query"),
        ("POST /push/subscriptions", '{"user": 1}', 422, "body.user"),
        ("PUT /push/subscriptions/x", '{"status": 302}', 422, "body"),
        ("PUT /push/subscriptions/x", '{"status": "gone"}', 422, "body.status"),
        ("PUT /push/subscriptions/x", '{"status": 410}', 404, None),
        ("POST /messages", "", 405, None),
        ("GET /nothing", "", 404, None),
    ],
)
def test_wrong_input_is_named(
    standins: Any, request_line: str, body: str, status: int, field: str | None
) -> None:
    method, path = request_line.split()
    response = requests.request(method, standins.inbox_url + path, data=body, timeout=5)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert [error["field"] for error in problem.get("errors", [])] == ([field] if field else [])


def test_a_body_too_large_is_not_read(standins: Any) -> None:
    address = urlsplit(standins.inbox_url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as client:
        client.sendall(b"PUT /faults/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_the_page_runs_its_own_script_and_nothing_else(standins: Any) -> None:
    page = requests.get(f"{standins.inbox_url}/", timeout=5)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(
        directive.strip().partition(" ")[::2]
        for directive in page.headers["Content-Security-Policy"].split(";")
    )
    [script] = re.findall("<script>(.*?)</script>", page.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    # What a message says becomes text; the one exception is the frame without scripts.
    assert "textContent" in script
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)
    assert re.findall(r'setAttribute\("sandbox", "([^"]*)"\)', script) == [
        "allow-popups allow-popups-to-escape-sandbox"
    ]
    assert not re.search(r'(src|href)="(?!data:)', page.text)


# The process


@pytest.fixture
def free_port() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return port


@contextmanager
def process(data_dir: Any, inbox_port: Any, smtp_port: Any) -> Any:
    """The command, running; killed at the end if the test has not ended it."""
    command = [sys.executable, "-m", "infra.local.standins", "--data-dir", data_dir]
    command += ["--inbox-port", str(inbox_port), "--smtp-port", str(smtp_port)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def two_free_ports() -> list[Any]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def test_nothing_is_lost_by_kill_and_restart(tmp_path: Path, vapid: Any) -> None:
    inbox_port, smtp_port = two_free_ports()
    url = f"http://127.0.0.1:{inbox_port}"
    with process(tmp_path, inbox_port, smtp_port) as first:
        assert first.stdout.readline() == "ready\n"
        issued = requests.post(f"{url}/push/subscriptions", timeout=5).json()
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=10) as connection:
            connection.send_message(mail_to("ada@example.com"))
        os.kill(first.pid, signal.SIGKILL)
        assert first.wait(timeout=DEADLINE_SECONDS) == -signal.SIGKILL
    with process(tmp_path, inbox_port, smtp_port) as second:
        assert second.stdout.readline() == "ready\n"
        assert requests.get(f"{url}/health", timeout=5).status_code == 200
        push(issued, vapid)
        arrived = requests.get(f"{url}/messages", timeout=5).json()
        assert [each["channel"] for each in arrived] == ["email", "push"]
        second.terminate()
        assert second.wait(timeout=DEADLINE_SECONDS) == 0
        assert second.stderr.read() == ""


def test_a_delivery_goes_on_after_a_restart(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # Accepts the callback and never answers it, so the delivery gets stuck at `queued`.
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with running_standins(tmp_path) as standins:
            client = sms_client(standins)
            sid = send_sms(client, status_callback=url).sid
            silent.settimeout(DEADLINE_SECONDS)
            connection, _ = silent.accept()
            assert client.messages(sid).fetch().status == "queued"
    with running_standins(tmp_path) as standins:
        connection.close()
        eventually(lambda: delivered(sms_client(standins), sid))


@pytest.mark.parametrize("taken", ["inbox", "smtp"])
def test_a_taken_port_is_named(tmp_path: Path, free_port: Any, taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ports = (port, free_port) if taken == "inbox" else (free_port, port)
        with process(tmp_path, *ports) as refused:
            output, errors = refused.communicate(timeout=DEADLINE_SECONDS)
    assert refused.returncode == 1
    assert output == ""
    assert errors == f"Port {port} of 127.0.0.1 is taken, or not ours to listen on.\n"


def test_in_one_process_a_taken_port_raises(standins: Any, tmp_path: Path) -> None:
    starting = running_standins(tmp_path, smtp_port=standins.smtp_port)
    with pytest.raises(CannotListen, match=str(standins.smtp_port)), starting:
        pass
