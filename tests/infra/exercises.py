"""What the code does with each trimmed library, run in a process that has only a bundle.

    python -I -S exercises.py '["<layer>/python", "<bundle>"]' send_sms

Nothing is imported here but the standard library, until the path is that of the bundle.
"""

# ruff: noqa: PLC0415  # the path is set before anything of a bundle is imported

import io
import json
import logging
import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from notifications.models import Delivery

REGIONS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1")


@contextmanager
def answering(status: int, body: bytes, content_type: str) -> "Iterator[tuple[str, list[bytes]]]":
    """Run a server that gives everybody the same answer; yield its URL and what it receives."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def create_clients(services: list[str]) -> None:
    """Create the client of every service, and load the model of each of its operations."""
    from botocore.session import get_session

    session = get_session()
    for service in services:
        for region in REGIONS:
            client = session.create_client(service, region_name=region)
            url = client.meta.endpoint_url
            assert region in url or url == "https://s3.amazonaws.com", url
        model = client.meta.service_model
        assert model.operation_names
        for name in model.operation_names:
            operation = model.operation_model(name)
            for shape in (operation.input_shape, operation.output_shape, *operation.error_shapes):
                visit(shape, set())
        for name in client.meta.method_to_api_mapping:
            if client.can_paginate(name):
                client.get_paginator(name)


def visit(shape: Any, seen: set[str]) -> None:
    """Load a shape and all that it consists of."""
    if shape is None or shape.name in seen:
        return
    seen.add(shape.name)
    if shape.type_name == "structure":
        for member in shape.members.values():
            visit(member, seen)
    elif shape.type_name == "list":
        visit(shape.member, seen)
    elif shape.type_name == "map":
        visit(shape.key, seen)
        visit(shape.value, seen)


def call_dynamodb() -> None:
    """Read and write items through pynamodb, and through the client that it shares."""
    item = {"id": {"S": "x"}, "request_hash": {"S": "h"}, "claimed_until": {"N": "1"}}
    window = {"hits": {"N": "3"}, "leased": {"N": "0"}, "expires_at": {"N": "9"}}
    answer = json.dumps({"Item": item | window, "Attributes": item | window}).encode()
    with answering(200, answer, "application/x-amz-json-1.0") as (url, received):
        os.environ["AWS_ENDPOINT_URL"] = url
        from shared.data import idempotency_store, rate_limit_store

        record = idempotency_store.IdempotencyRecord.get("x", consistent_read=True)
        assert record.request_hash == "h"
        idempotency_store.save_response(record, b"{}")
        counted = rate_limit_store.add("x", instant=1, lifetime=8)
        assert counted is not None
        assert counted.granted == 3
    assert len(received) == 3


def call_aws() -> None:
    """Call services that speak different protocols, and sign a form and a link for S3."""
    with answering(200, b"{}", "application/x-amz-json-1.1") as (url, received):
        os.environ["AWS_ENDPOINT_URL"] = url
        from shared.platform import aws, signed_calls

        assert signed_calls.call("kms", "TrentService", "GetPublicKey", {"KeyId": "key"}) == {}
        assert aws.client("kms").sign(KeyId="key", Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
        assert aws.client("sqs").get_queue_attributes(QueueUrl=url)
        assert aws.client("ssm").get_parameter(Name="secret", WithDecryption=True)
        aws.client("lambda").invoke(FunctionName="function")
        s3 = aws.client("s3")
        assert s3.generate_presigned_post("bucket", "key")["fields"]["policy"]
        assert "Signature" in s3.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert len(received) == 5


def write_logs() -> None:
    """Log a line with an exception, and emit a metric."""
    import contextlib

    lines = io.StringIO()
    from shared.platform.logs import logger

    for handler in logger.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(lines)
    try:
        raise ValueError("why")
    except ValueError:
        logger.exception("what", key="value")
    assert json.loads(lines.getvalue())["exception_name"] == "ValueError"

    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with contextlib.redirect_stdout(lines), single_metric("n", MetricUnit.Count, 1, namespace="a"):
        pass
    assert '"Namespace":"a"' in lines.getvalue()


def create_ids() -> None:
    """Create ids."""
    from domain.ids import new_id

    assert new_id("usr") != new_id("usr")


def hash_passwords() -> None:
    """Hash a password and compare it."""
    from auth.rules import passwords

    assert passwords.matches("correct horse", passwords.hash_password("correct horse"))
    # "secret" at cost 4, as bcrypt of Node.js hashed it
    imported = "$2b$04$abcdefghijklmnopqrstuuSjTz6v5WkC5sEqc8BzHUVkg0kPAg0mu"
    assert not passwords.matches("correct horse", imported)


def check_addresses() -> None:
    """Normalize an address, and refuse one that no mail server takes."""
    from auth.rules import emails

    assert emails.normalize("mara@müller.example.com") == "mara@xn--mller-kva.example.com"
    assert emails.find_error("mara@xn--mller-kva.example.com") is None
    assert emails.find_error("mara@example.invalid")


def verify_tokens() -> None:
    """Verify a token whose key is certified by a root key as KMS returns it."""
    import base64
    import time

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from shared.http import access_tokens
    from shared.platform import base64url

    private = ec.generate_private_key(ec.SECP256R1())
    der = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    response = {"PublicKey": base64.b64encode(der).decode()}
    os.environ |= {"TOKEN_ISSUER": "issuer", "SIGNING_KEYS": "key"}
    with mock.patch("shared.platform.signed_calls.call", return_value=response):
        (key,) = access_tokens.root_keys()

    def sign(type_: str, payload: dict[str, Any], **header: str) -> str:
        head = {"alg": "ES256", "typ": type_, "kid": key.kid} | header
        message = ".".join(base64url.encode(json.dumps(part).encode()) for part in (head, payload))
        r, s = decode_dss_signature(private.sign(message.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{message}.{base64url.encode(r.to_bytes(32) + s.to_bytes(32))}"

    now = int(time.time())
    jwk = {name: getattr(key.jwk, name) for name in ("kty", "crv", "x", "y")}
    stated = {"iss": "issuer", "jwk": jwk, "nbf": now, "exp": now + 900}
    certificate = sign(access_tokens.CERTIFICATE_TYPE, stated)
    claims = {
        "iss": "issuer", "aud": access_tokens.AUDIENCE, "sub": "usr_1", "role": "client",
        "sid": "ses_1", "email": "ada@example.com", "jti": "jti_1", "iat": now, "exp": now + 900,
    }  # fmt: skip
    token = sign(access_tokens.TOKEN_TYPE, claims, certificate=certificate)
    assert access_tokens.verify(token, datetime.now(UTC)).sub == "usr_1"


def seal_signing_keys() -> None:
    """Encrypt a signing key and read it again."""
    from auth.use_cases import token_keys

    with (
        mock.patch.object(token_keys, "_secret", return_value=bytes(32)),
        mock.patch.object(token_keys, "_certify", return_value="certificate"),
    ):
        key = token_keys._make_signing_key(datetime(2026, 11, 22, tzinfo=UTC))
        signer = token_keys._open_signing_key(key)
    assert signer.sign("at+jwt", {"sub": "usr_1"}).count(".") == 2


def seal_tokens() -> None:
    """Seal the tokens of a social account and open them again."""
    import msgspec

    from shared.platform import aws
    from social.models import ProviderId, Tokens, TokenState
    from social.providers import configuration
    from social.use_cases import vault

    kms = mock.Mock()
    kms.generate_data_key.return_value = {"Plaintext": bytes(32), "CiphertextBlob": b"sealed"}
    kms.decrypt.return_value = {"Plaintext": bytes(32)}
    settings = configuration.SocialSettings(social_key="key")
    with (
        mock.patch.object(aws, "client", return_value=kms),
        mock.patch.object(configuration, "settings", return_value=settings),
    ):
        state = TokenState("sac_1", "usr_1", ProviderId.GOOGLE, None, 1)
        sealed = vault.seal_again(state, Tokens("access", "refresh"))
        assert b"access" not in sealed.tokens
        assert msgspec.structs.asdict(vault.unseal(sealed))["refresh_token"] == "refresh"


def sign_in_with_providers() -> None:
    """Ask a provider for a code, exchange it, and validate the ID token that comes back."""
    import time

    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    from auth.identity_providers import client
    from auth.identity_providers.configuration import Provider
    from shared.platform import outside_calls
    from shared.platform.outside_calls import Answer

    private = ec.generate_private_key(ec.SECP256R1())
    provider = Provider(
        id="corp",
        name="Corp",
        issuer="https://corp.example",
        client_id="ours",
        redirect_url="https://app.example/",
        key_id="1",
        team_id="us",
        private_key=private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
    )
    chosen, key, now = client.new_secrets(), RSAKey.generate_key(2048), int(time.time())
    claims = {"iss": provider.issuer, "sub": "1", "aud": "ours", "iat": now, "exp": now + 60}
    signed = jwt.encode({"alg": "RS256", "kid": "1"}, {**claims, "nonce": chosen.nonce}, key)
    described = {
        "issuer": provider.issuer,
        "authorization_endpoint": "https://corp.example/authorize",
        "token_endpoint": "https://corp.example/token",
        "jwks_uri": "https://corp.example/keys",
    }
    answers: dict[str, Any] = {
        "openid-configuration": described,
        "token": {"access_token": "a", "id_token": signed},
        "keys": {"keys": [{**key.as_dict(private=False), "kid": "1"}]},
    }

    def call(url: str, *_: object, **__: object) -> Answer:
        return Answer(200, json.dumps(answers[url.rpartition("/")[2]]).encode())

    with mock.patch.object(outside_calls, "call", call):
        assert "code_challenge" in client.build_authorize_url(provider, chosen)
        instant = datetime.fromtimestamp(now, UTC)
        identity = client.fetch_identity(provider, "code", chosen, None, instant)
    assert identity.subject == "1"


def verify_passkeys() -> None:
    """Add and use a passkey; botocore keeps to the TLS of the standard library all the same."""
    from base64 import urlsafe_b64encode
    from hashlib import sha256

    import botocore.httpsession
    import cbor2
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    from auth.rules import passkeys

    def encode(raw: bytes) -> str:
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    def sign_of(type_: str) -> bytes:
        content = {"type": type_, "challenge": encode(b"challenge"), "origin": party.origin}
        return json.dumps(content).encode()

    assert "pyopenssl" not in vars(botocore.httpsession)["SSLContext"].__module__
    party = passkeys.RelyingParty.of("https://app.artistbooking.example/")
    private = ec.generate_private_key(ec.SECP256R1())
    point = private.public_key().public_numbers()
    key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
    base = sha256(party.id.encode()).digest()
    attested = bytes(16) + (2).to_bytes(2) + b"id" + cbor2.dumps(key)
    data = base + b"\x45" + bytes(4) + attested
    named = {"id": encode(b"id"), "rawId": encode(b"id"), "type": "public-key"}
    response = {
        "clientDataJSON": encode(sign_of("webauthn.create")),
        "attestationObject": encode(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
    }
    made = passkeys.verify_registration({**named, "response": response}, b"challenge", party)
    data, client_data = base + b"\x05" + bytes(4), sign_of("webauthn.get")
    signature = private.sign(data + sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
    response = {
        "clientDataJSON": encode(client_data),
        "authenticatorData": encode(data),
        "signature": encode(signature),
    }
    credential = {**named, "response": response}
    assert not passkeys.verify_use(credential, b"challenge", party, made.public_key).synced


def read_calendars() -> None:
    """Write a calendar, and read one with zones of IANA and of Windows.

    The system has no zones, as images of Lambda may not.
    """
    import zoneinfo

    from dateutil.tz import tz

    zoneinfo.reset_tzpath(())
    tz.TZPATHS.clear()
    from domain.icalendar import busy_times

    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        "DTSTAMP:20260301T000000Z\r\nDTSTART;TZID={zone}:20260302T100000\r\nDURATION:PT1H\r\n"
        "RRULE:FREQ=DAILY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    for zone in ("Europe/Berlin", "W. Europe Standard Time"):
        parts = [event.format(zone=zone).encode()]
        found = busy_times.read_busy_times(parts, start, end, ZoneInfo("UTC"))
        assert [span[0].hour for span in found.spans] == [9, 9], (zone, found)

    import icalendar

    calendar = icalendar.Calendar.from_ical(event.format(zone="Europe/Berlin"))
    assert b"TZID=Europe/Berlin" in calendar.to_ical()


def read_zones() -> None:
    """Read zones from the tzdata package, as where the system has none."""
    import zoneinfo

    zoneinfo.reset_tzpath(())
    from shared.platform import time_zones

    assert datetime(2026, 7, 1, tzinfo=time_zones.parse_zone("Europe/Berlin", "tz")).utcoffset()
    assert len(zoneinfo.available_timezones()) > 400


def make_images() -> None:
    """Read and write every format of images, with color profiles and EXIF."""
    from PIL import Image, ImageCms

    from files.inspection import images

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert profile
    with tempfile.TemporaryDirectory() as folder:
        path, stored = Path(folder) / "image", Path(folder) / "original"
        exif = Image.Exif()
        exif[0x0112] = 6  # turned
        for content_type, format_ in images._FORMATS.items():
            picture = Image.linear_gradient("L").convert("RGB").resize((600, 400))
            picture.save(path, format_, icc_profile=srgb, exif=exif)
            with images.open_image(path, content_type) as image:
                pixels = images.normalize(image)
            # GIF has no EXIF, and HEIF states a rotation in a box of its own.
            turned = (600, 400) if format_ in ("GIF", "HEIF") else (400, 600)
            assert pixels.size == turned, content_type
            assert len(list(images.create_thumbnails(pixels))) == 3
            images.save(pixels, stored, content_type)
            with Image.open(stored) as image:
                assert image.size == turned


def read_films() -> None:
    """Find the poster of a film, and copy and draw a sound."""
    from files.inspection import films, sounds

    sys.path.append(str(Path(__file__).parents[2]))
    from tests.functional.files import media_samples

    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "upload", Path(folder) / "original"
        path.write_bytes(media_samples.film())
        film = films.read(path, "video/mp4")
        assert film.poster is not None
        for content_type in ("audio/mp4", "audio/ogg", "audio/mpeg"):
            path.write_bytes(media_samples.sound(content_type))
            assert len(sounds.rewrite(path, target, content_type).waveform) == sounds.PEAKS


def read_pdfs() -> None:
    """Look at every object of a PDF, and repair it."""
    from files.inspection import pdfs

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(
            b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
            b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
            b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>\nendobj\n"
            b"trailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
        )
        pdfs.check(path)
        assert path.read_bytes().endswith(b"%%EOF\n")


def guess_types() -> None:
    """Ask the second opinion about an upload."""
    import puremagic

    guesses = puremagic.magic_string(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert any(guess.mime_type == "image/png" for guess in guesses)


def connect_to_mongodb() -> None:
    """Create a client and an index, encode documents, and find servers by an SRV record."""
    import bson
    import dns.message
    import dns.rdatatype
    import dns.resolver
    from bson import ObjectId
    from pymongo import ASCENDING, IndexModel, UpdateOne
    from pymongo.errors import ServerSelectionTimeoutError

    from shared.data import mongodb

    document = {"_id": ObjectId(), "at": datetime(2026, 3, 1, tzinfo=UTC), "n": 1}
    assert bson.decode(bson.encode(document))["n"] == 1
    assert bson.has_c()
    assert IndexModel([("at", ASCENDING)]).document
    assert UpdateOne({}, {"$set": {"n": 1}})
    client = mongodb.connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1")
    try:
        client.admin.command("ping")
    except ServerSelectionTimeoutError:
        client.close()
    query = dns.message.make_query("_mongodb._tcp.example.com", dns.rdatatype.SRV)
    response = dns.message.make_response(query)
    response.answer.append(
        dns.rrset.from_text(query.question[0].name, 60, "IN", "SRV", "0 0 27017 a.example.com.")
    )
    (record,) = dns.message.from_wire(response.to_wire()).answer[0]
    assert record.port == 27017
    assert dns.resolver.Resolver(configure=False)


def render_templates() -> None:
    """Use every filter that templates may use, and clean HTML."""
    from notifications.templates import liquid, rendering, system_templates

    for name in sorted(liquid.FILTERS):
        arguments = {"date": "'%A'", "append": "'a'", "prepend": "'a'", "remove": "'a'"}.get(name)
        if name in {"at_least", "at_most", "divided_by", "minus", "modulo", "plus", "times"}:
            arguments = "2"
        source = f"{{{{ value | {name}{': ' + arguments if arguments else ''} }}}}"
        value: object = datetime(2026, 3, 1, tzinfo=UTC) if name == "date" else "3"
        assert liquid.render(liquid.parse(source), {"value": value}), name
    assert "script" not in rendering._cleaner.clean("<script>1</script><b>x</b>")
    for template in system_templates.list_all():
        rendering.check(template.bodies, template.variables)


def parse_phone_numbers() -> None:
    """Normalize numbers of many countries."""
    from notifications.rules import phone_numbers

    for number in ("+1 212 555 0123", "+49 30 901820", "+81 3 1234 5678", "+39 06 698 12345"):
        assert phone_numbers.normalize(number, "phone") == number.replace(" ", "")


def delivery(content: Any, address: str) -> "Delivery":
    from notifications.models import Channel, Delivery, MessageCategory

    return Delivery(
        id="dlv_1", notification_id="ntf_1", event_id="evt_1", recipient_key="usr_1",
        recipient_id="usr_1", requester_id="usr_1", channel=Channel.SMS, address=address,
        content=content, category=MessageCategory.BOOKING, template=None,
        correlation_id="correlation", created_at=datetime(2026, 3, 1, tzinfo=UTC), send_at=None,
        good_until=None, due_at=None, expires_at=datetime(2026, 6, 1, tzinfo=UTC),
    )  # fmt: skip


def send_sms() -> None:
    """Send an SMS through Twilio's client, and let Twilio refuse one."""
    from notifications.callbacks import twilio
    from notifications.channels import Rejected, sms
    from notifications.channels import settings as provider_settings
    from notifications.models import SmsContent

    def load(url: str) -> "Callable[..., Any]":
        return lambda *_: sms.TwilioSettings("AC1", "token", "+12125550100", url)

    twilio.get_base_url = lambda: ""
    created = json.dumps({"sid": "SM1", "status": "queued"}).encode()
    with answering(201, created, "application/json") as (url, received):
        provider_settings.load = load(url)
        message = delivery(SmsContent("Hello"), "+12125550123")
        assert sms.TwilioProvider().send(message) == "SM1"
    assert b"Body=Hello" in received[0]
    refused = json.dumps({"code": 21211, "message": "no number", "status": 400}).encode()
    with answering(400, refused, "application/json") as (url, _):
        provider_settings.load = load(url)
        reason = ""
        try:
            sms.TwilioProvider().send(message)
        except Rejected as error:
            reason = str(error)
    assert reason == "twilio 21211"


def send_push() -> None:
    """Encrypt and sign a push message, as for a browser with keys of its own."""
    import base64

    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from notifications.channels import push
    from notifications.channels import settings as provider_settings
    from notifications.models import PushContent, PushSubscription

    def text(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    browser = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = browser.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def load(keys: push.VapidSettings) -> "Callable[..., Any]":
        return lambda *_: keys

    private = text((7).to_bytes(32))
    provider_settings.load = load(push.VapidSettings(text(point), private, "ada@example.com"))
    with answering(201, b"", "text/plain") as (url, received):
        subscription = PushSubscription(
            id="sub_1", user_id="usr_1", endpoint=f"{url}/x", p256dh=text(point),
            auth=text(bytes(16)), registered_at=datetime(2026, 3, 1, tzinfo=UTC),
        )  # fmt: skip
        provider = push.WebPushProvider()
        provider._subscriptions["sub_1"] = subscription
        provider.send(delivery(PushContent("Hi", "hello"), "sub_1"))
    assert len(received[0]) > 300
    assert b"hello" not in received[0]


def compose_mail() -> None:
    """Compose a mail with an appointment, and open a circuit breaker."""
    from email.message import EmailMessage
    from email.parser import BytesParser
    from email.policy import SMTP

    from domain.calendar_files import Event
    from notifications.channels import ProviderUnavailable
    from notifications.channels.breaker import Breaker
    from notifications.channels.mail import Composer
    from notifications.models import EmailContent, Invitation

    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    event = Event(
        uid="apt_1@artist-booking", sequence=0, starts_at=noon, ends_at=noon, status="confirmed",
        summary="Sleeve", description="", updated_at=noon,
    )  # fmt: skip
    content = EmailContent(
        "Hi", "There", "<p>There</p>", invitation=Invitation("REQUEST", event, "Ada")
    )
    composer = Composer("us@example.com")
    mail = composer.compose(delivery(content, "ada@b\xfccher.example"))
    assert mail.recipient == "ada@xn--bcher-kva.example"
    parsed = BytesParser(EmailMessage, policy=SMTP).parsebytes(mail.content)
    assert parsed["subject"] == "Hi"
    (file,) = parsed.iter_attachments()
    assert "BEGIN:VEVENT" in file.get_content().decode()

    def fail(_: "Delivery") -> str | None:
        raise ProviderUnavailable("down")

    breaker = Breaker("test")
    for _ in range(20):
        try:
            breaker.call(fail, delivery(EmailContent("Hi", "There", ""), "ada@example.com"))
        except ProviderUnavailable:
            continue
        raise AssertionError("it is down")


if __name__ == "__main__":
    folders, name, *arguments = sys.argv[1:]
    sys.path[:0] = json.loads(folders)
    globals()[name](*map(json.loads, arguments))
    foreign = [
        module for module, loaded in sys.modules.items()
        if "site-packages" in (getattr(loaded, "__file__", None) or "")
    ]  # fmt: skip
    assert not foreign, foreign
