"""Direct messages at the stand-in of Meta, over HTTP and in its wire format."""

from typing import Any

import msgspec
import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.social.errors import ERRORS
from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.meta_state import Platform
from infra.local.standins.social.network import SocialNetworks
from infra.local.standins.social.outgoing import Delivery
from shared.data import file_imports
from social.models import SocialAccount
from social.providers import breaker
from social.store import accounts as accounts_store
from social.store.table import CHAT, SENDER, WAITING, RecordItem
from tests.functional.social.chats import BUCKET, Chats, FakePlatform, anonymous, make_queues
from tests.functional.social.test_connecting import FORMS, connect
from tests.functional.social.world import MARA
from tests.support import fake_aws
from tests.support.gateway import ApiClient

PLATFORMS: tuple[Platform, ...] = ("instagram", "facebook")
NAMES = {"instagram": FORMS["instagram"]["username"], "facebook": FORMS["facebook"]["page"]}
# What an error of the platform means for a message; None: it waits. All others are `rejected`.
REASONS = {
    "meta.window_closed": "window_closed",
    "meta.instagram_window_closed": "window_closed",
    "meta.recipient_unknown": "blocked_by_platform",
    "meta.recipient_unavailable": "blocked_by_platform",
    "meta.policy_block": "blocked_by_platform",
    "meta.token_invalid": "needs_reconnect",
    "meta.token_expired": "needs_reconnect",
    "meta.token_password_changed": "needs_reconnect",
    "meta.app_removed": "needs_reconnect",
    "meta.permission_missing": "needs_reconnect",
    "meta.token_too_young": "needs_reconnect",
    "meta.app_rate_limit": None,
    "meta.account_rate_limit": None,
    "meta.business_rate_limit": None,
    "meta.too_many_requests": None,
    "meta.unknown": None,
    "meta.temporary": None,
    "meta.invalid_client": None,  # it has the code of an unknown error
}
GRAPH = [name for name, error in ERRORS.items() if error.form == "graph"]


class AtMeta(Chats):
    """Messages of an account that is connected at the stand-in."""

    def __init__(
        self, networks: SocialNetworks, platform: Platform, time: TimeMachineFixture
    ) -> None:
        (account,) = accounts_store.list_accounts(MARA)
        super().__init__(FakePlatform(), account, time)
        self.networks = networks
        self.kind = platform

    def receive(self, text: str | None = "Hello", **fields: Any) -> str:
        """Let Gil Guest write at the stand-in, and its webhooks arrive; return the guest's id."""
        self.networks.graph.receive(self.kind, NAMES[self.kind], "Gil Guest", text=text, **fields)
        self.arrive()
        self.work()
        guest_id: str = self.received()[-1]["guestId"]
        self.guest_id = guest_id
        return guest_id

    def arrive(self) -> list[Delivery]:
        """Let the webhooks arrive that the stand-in has sent."""
        deliveries = self.networks.outgoing.take()
        for each in deliveries:
            answer = anonymous().post(
                f"/v1/social/webhooks/{self.kind}", headers=each.headers, body=each.body.encode()
            )
            assert answer.status_code == 200, answer.body
        return deliveries

    def recover(self, account: SocialAccount) -> None:
        """Let the account be as it was connected, and nothing wait."""
        version = account.version + 1
        accounts_store.save(msgspec.structs.replace(self.account, version=version))
        for item in list(RecordItem.query(CHAT + account.id)):
            if item.sk.startswith((WAITING, SENDER)):
                item.delete()
        breaker.forget()

    def sent(self) -> list[Any]:
        """Return what the stand-in took from the account."""
        with self.networks.meta.reading() as state:
            return [each for each in state.messages if each.by_app]


@pytest.fixture
def at_meta(
    networks: SocialNetworks,
    mara: ApiClient,
    clock: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AtMeta:
    """Return the messages of an account at the stand-in."""
    make_queues(monkeypatch)
    breaker.forget()
    platform: Platform = getattr(request, "param", "instagram")
    assert connect(mara, platform).status_code == 200
    return AtMeta(networks, platform, clock)


@pytest.mark.parametrize("at_meta", PLATFORMS, indirect=True)
def test_a_message_arrives_and_its_answer_too(at_meta: AtMeta) -> None:
    at_meta.receive("Do you have time in June?")
    (received,) = at_meta.received()
    assert received["text"] == "Do you have time in June?"
    assert received["platform"] == at_meta.kind
    assert received["guestName"] == "Gil Guest"
    message_id = at_meta.reply("I do.")
    at_meta.work()
    (taken,) = at_meta.sent()
    assert taken.text == "I do."
    at_meta.networks.graph.mark(taken.mid, "read")
    assert len(at_meta.arrive()) >= 1
    at_meta.settle()
    assert at_meta.statuses(message_id)[-1] == "read"
    assert at_meta.events("social_message.echoed") == []
    assert len(at_meta.received()) == 1


@pytest.mark.parametrize("at_meta", PLATFORMS, indirect=True)
def test_what_the_artist_writes_there_arrives_as_theirs(at_meta: AtMeta) -> None:
    at_meta.receive()
    at_meta.networks.graph.receive(
        at_meta.kind, NAMES[at_meta.kind], "Gil Guest", text="From my phone", echo=True
    )
    at_meta.arrive()
    at_meta.work()
    (echoed,) = at_meta.events("social_message.echoed")
    assert (echoed["text"], echoed["guestId"]) == ("From my phone", at_meta.guest_id)


def test_a_picture_is_fetched_from_the_platform_and_handed_to_files(at_meta: AtMeta) -> None:
    url = f"{at_meta.networks.graph.base}/cdn/picture-1.png"
    with pytest.raises(IndexError):  # it is published when it was inspected
        at_meta.receive(None, attachments=[{"type": "image", "payload": {"url": url}}])
    at_meta.settle()
    files = at_meta.events("social_file.fetched")
    assert {each["contentType"] for each in files} == {"image/png"}
    keys = [file_imports.import_key(each["fileId"]) for each in files]
    for key in keys:  # of the message, and of the guest's picture
        stored = fake_aws.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        assert stored.startswith(b"\x89PNG")


@pytest.mark.parametrize("at_meta", PLATFORMS, indirect=True)
def test_a_lost_answer_makes_no_second_message(at_meta: AtMeta) -> None:
    at_meta.receive()
    at_meta.networks.meta_faults.put("messages.send", ProviderFault(lose_answer=True, count=1))
    message_id = at_meta.reply("Only once")
    at_meta.settle()
    assert [each.text for each in at_meta.sent()] == ["Only once"]
    assert at_meta.statuses(message_id) == ["sent"]


def test_whoever_blocks_the_account_gets_nothing(at_meta: AtMeta) -> None:
    at_meta.receive()
    at_meta.networks.graph.block(at_meta.kind, NAMES[at_meta.kind], "Gil Guest", blocks=True)
    message_id = at_meta.reply()
    at_meta.settle()
    assert at_meta.sent() == []
    assert at_meta.message(message_id).reason == "blocked_by_platform"


def test_a_window_that_only_the_platform_knows_to_be_closed_is_closed(at_meta: AtMeta) -> None:
    at_meta.receive()
    at_meta.networks.clock.put_forward(25 * 3600)
    message_id = at_meta.reply()
    at_meta.work()
    assert at_meta.message(message_id).reason == "window_closed"
    again = at_meta.reply(humanAgent=True)
    at_meta.later(hours=23, minutes=59)
    at_meta.networks.clock.reset()
    at_meta.later(minutes=2)
    at_meta.settle()
    (taken,) = at_meta.sent()
    assert taken.tag == "HUMAN_AGENT"
    assert at_meta.statuses(again) == ["sent"]


def test_every_error_of_the_graph_api_has_one_meaning_for_a_message(at_meta: AtMeta) -> None:
    at_meta.receive()
    for name in GRAPH:
        at_meta.networks.meta_faults.put("messages.send", ProviderFault(error=name, count=1))
        message_id = at_meta.reply()
        at_meta.work()
        message = at_meta.message(message_id)
        reason = REASONS.get(name, "rejected")
        assert message.reason == reason, name
        assert message.status == ("waiting" if reason is None else "failed"), name
        account = accounts_store.find_account(MARA, at_meta.account.id)
        assert account is not None
        is_limit = name.endswith(("rate_limit", "_requests"))
        assert (account.reconnect_since is not None) == (reason == "needs_reconnect"), name
        assert (account.limited_until is not None) == is_limit, name
        assert (account.failing_since is not None) == (ERRORS[name].status >= 500), name
        at_meta.recover(account)
