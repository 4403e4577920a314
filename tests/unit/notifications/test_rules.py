"""Rules of recipients, push endpoints, visibility and untrusted names."""

from datetime import UTC, datetime

import pytest

from notifications.models import Channel, Delivery, MessageCategory
from notifications.rules import untrusted_names
from notifications.store import artist_clients
from notifications.use_cases import delivery_status, recipients, subscriptions
from notifications.use_cases.recipients import Recipient
from shared.http.caller import Caller, Role

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def caller(user_id: str, role: Role = Role.CLIENT) -> Caller:
    return Caller(user_id, "x@example.com", role, "ses_1")


@pytest.mark.parametrize(
    ("role", "oneself", "stranger", "own_client"),
    [
        (Role.CLIENT, True, False, False),
        (Role.ARTIST, True, False, True),
        (Role.ADMIN, True, True, True),
    ],
)
def test_who_can_send_to_whom(
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    oneself: bool,
    stranger: bool,
    own_client: bool,
) -> None:
    clients = {("usr_a", "usr_own")}
    monkeypatch.setattr(artist_clients, "is_client_of", lambda *pair: pair in clients)
    assert recipients.can_send_to(caller("usr_a", role), "usr_a") is oneself
    assert recipients.can_send_to(caller("usr_a", role), "usr_b") is stranger
    assert recipients.can_send_to(caller("usr_a", role), "usr_own") is own_client
    assert recipients.can_send_to(caller("usr_own", role), "usr_a") is stranger


def test_the_key_of_a_recipient() -> None:
    user = Recipient("usr_a", {})
    assert user.get_key(Channel.EMAIL, "a@example.com") == "usr_a"
    assert user.get_key(Channel.PUSH, "sub_1") == "sub_1"
    assert Recipient(None, {}).get_key(Channel.SMS, "+61491570156") == "+61491570156"


@pytest.mark.parametrize(
    ("endpoint", "anywhere", "locally"),
    [
        ("https://fcm.googleapis.com/fcm/send/x:y-z", True, True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True, True),
        ("https://push.example.com:443/x", True, True),
        ("http://push.example.com/x", False, False),
        ("https://push.example.com:8443/x", False, False),
        ("https://user@push.example.com/x", False, False),
        ("https://push.example.com/x#y", False, False),
        ("https://push.example.com/x y", False, False),
        ("https://push.example.com/\r\nx", False, False),
        ("ftp://push.example.com/x", False, False),
        ("https:///x", False, False),
        ("https://[::1", False, False),
        ("https://push.example.com:port/x", False, False),
        ("https://10.0.0.1/x", False, False),
        ("https://169.254.169.254/latest/meta-data", False, False),
        ("https://[fd00:ec2::254]/x", False, False),
        ("https://2130706433/x", False, False),
        ("https://0x7f.1/x", False, False),
        ("https://127.1/x", False, False),
        ("https://93.184.216.34/x", False, False),
        ("https://vault.internal/x", False, False),
        ("https://intranet/x", False, False),
        ("https://localhost./x", False, False),
        ("https://push.example.com./x", False, False),
        ("https://push..example.com/x", False, False),
        ("https://push.example.com:80/x", False, False),
        ("https://127.0.0.1:8025/x", False, False),  # the guard calls it over http only
        ("http://127.0.0.1:8025/x", False, True),
        ("http://[::1]:8025/x", False, False),
        ("http://localhost:8025/x", False, False),
        ("http://192.168.1.1/x", False, False),
    ],
)
def test_a_push_endpoint_is_a_public_https_host(
    endpoint: str, anywhere: bool, locally: bool
) -> None:
    assert subscriptions.is_push_endpoint(endpoint, is_local=False) is anywhere
    assert subscriptions.is_push_endpoint(endpoint, is_local=True) is locally


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ada@example.com", "a…@example.com"), ("+61491570156", "…0156"), ("@x", "…@x")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert delivery_status.mask_address(address) == shown


def test_a_delivery_is_visible_to_requester_recipient_and_admins() -> None:
    delivery = Delivery(
        id="dlv_1",
        notification_id="ntf_1",
        event_id="ntf_1",
        recipient_key="usr_b",
        recipient_id="usr_b",
        requester_id="usr_a",
        channel=Channel.EMAIL,
        address="b@example.com",
        content=None,
        category=MessageCategory.BOOKING,
        template=None,
        correlation_id="cor_1",
        created_at=NOON,
        send_at=None,
        good_until=None,
        due_at=None,
        expires_at=NOON,
    )
    assert delivery_status.can_see(caller("usr_a"), delivery)
    assert delivery_status.can_see(caller("usr_b"), delivery)
    assert delivery_status.can_see(caller("usr_c", Role.ADMIN), delivery)
    assert not delivery_status.can_see(caller("usr_c"), delivery)
    assert not delivery_status.can_see(caller("usr_c", Role.ARTIST), delivery)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Mary-Jane O'Neil", "Mary-Jane O'Neil"),
        ("Zoë Müller 李", "Zoë Müller 李"),
        ("अदिति", "अदिति"),
        ("go to evil.example/x", "go to evil example x"),
        ("call +61 491 570 156", "call"),
        ("a\r\nb", "a b"),
        ("x" * 100, "x" * 40),
        ("123", "unknown"),
    ],
)
def test_an_untrusted_name_is_sanitized(name: str, shown: str) -> None:
    assert untrusted_names.sanitize(name) == shown
