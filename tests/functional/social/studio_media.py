"""An artist's account with media at the stand-in, and all features that an import goes through."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import consultations.consumers
import files.consumers
import profiles.consumers
import social.consumers
from files.store.bucket import INCOMING
from files.use_cases import inspections
from infra.local.standins.social.meta_state import Account, Token
from infra.local.standins.social.network import SocialNetworks
from shared.events.domain_events import DomainEvent
from shared.http.caller import Role
from shared.platform import clock
from social.app import app
from social.models import ProviderId, SocialAccount, Tokens
from social.use_cases import due_work
from tests.functional.files import samples
from tests.functional.social.conftest import MARA
from tests.functional.social.world import connect
from tests.support import aws_calls, fake_aws, moto_items
from tests.support.gateway import ApiClient, client_for
from tests.support.outbox import published

BUCKET = "artist-booking-local-files"
CLIENT = "usr_01JD0000000000000000000CCC"
SCOPES = {
    ProviderId.INSTAGRAM: ["instagram_business_basic"],
    ProviderId.FACEBOOK: ["pages_show_list", "pages_read_engagement"],
}
CONSUMERS: dict[str, tuple[dict[str, Any], Callable[[DomainEvent, datetime], None]]] = {
    "consultations": (consultations.consumers.HANDLERS, consultations.consumers.handle),
    "files": (files.consumers.HANDLERS, files.consumers.handle),
    "profiles": (profiles.consumers.HANDLERS, profiles.consumers.handle),
    "social": (social.consumers.HANDLERS, social.consumers.handle),
}


class StudioMedia:
    """Mara's account, its media, and everything that happens to an import."""

    def __init__(self, networks: SocialNetworks, provider: ProviderId, queue_url: str) -> None:
        self.networks = networks
        self.provider = provider
        self.platform: Any = provider.value
        self.token = f"token-of-{provider}"
        self.account = self._log_in()
        self.mara: ApiClient = client_for(app).as_user(MARA, role=Role.ARTIST)
        self._queue_url = queue_url
        self._delivered: set[tuple[str, str]] = set()

    def _log_in(self) -> SocialAccount:
        with self.networks.meta.changing() as state:
            account: Account = state.add_account(self.platform, "mara.voss")
            state.tokens[self.token] = Token(
                subject=account.id,
                platform=self.platform,
                scopes=SCOPES[self.provider],
                kind="long",
                made=0.0,
                until=None,
            )
        return connect(MARA, self.provider, account.id, Tokens(self.token))

    @property
    def home(self) -> str:
        """Path of the account's media."""
        return f"/v1/social/accounts/{self.account.id}/media"

    # What happens at the provider.

    def post(self, content: bytes | None = None, **medium: Any) -> str:
        """Post a medium at the provider, by default a picture, and return its id."""
        url = self.networks.graph.add_file(content or samples.image(size=(40, 30)), "image/jpeg")
        content_field = "media_url" if self.provider is ProviderId.INSTAGRAM else "source"
        made = self.networks.graph.add_medium(
            self.platform, "mara.voss", {content_field: url, **medium}
        )
        return str(made["id"])

    def post_album(self, count: int, caption: str) -> list[str]:
        """Post an album of pictures, and return our ids of its parts."""
        urls = [
            self.networks.graph.add_file(samples.image(size=(40, 30 + at)), "image/jpeg")
            for at in range(count)
        ]
        made = self.networks.graph.add_medium(
            self.platform,
            "mara.voss",
            {
                "media_type": "CAROUSEL_ALBUM",
                "caption": caption,
                "children": [{"media_url": url} for url in urls],
            },
        )
        return [f"{made['id']}.{child['id']}" for child in made["children"]]

    def remove(self, media_id: str) -> None:
        """Delete a medium at the provider."""
        self.networks.graph.remove_medium(self.platform, "mara.voss", media_id)

    def end_token(self) -> None:
        """Let the token be one that the provider does not accept any more."""
        with self.networks.meta.changing() as state:
            state.tokens[self.token].ended = "meta.token_expired"

    # What the artist does.

    def browse(self, **query: Any) -> Any:
        parameters = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.mara.get(f"{self.home}?{parameters}")
        assert answer.status_code == 200, answer.body
        return answer.json_body

    def order(self, *media_ids: str, consultation_id: str | None = None) -> list[Any]:
        """Order imports, and return them."""
        type_ = "consultation" if consultation_id else "portfolio"
        target = {"type": type_, "consultationId": consultation_id}
        body = {"mediaIds": list(media_ids), "target": target}
        answer = self.mara.post(f"{self.home}/imports", json=body)
        assert answer.status_code == 202, answer.body
        items: list[Any] = answer.json_body["items"]
        return items

    def get(self, import_id: str) -> Any:
        answer = self.mara.get(f"{self.home}/imports/{import_id}")
        assert answer.status_code == 200, answer.body
        return answer.json_body

    # What happens behind.

    def work(self) -> None:
        """Let the worker do what waits in the queue, and what comes to wait there."""
        while messages := list(self._receive()):
            for body in messages:
                record = {
                    "messageId": "1",
                    "receiptHandle": "r",
                    "body": body,
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "messageAttributes": {},
                    "eventSource": "aws:sqs",
                }
                answer = app.handler_map["worker"]({"Records": [record]}, None)
                assert answer == {"batchItemFailures": []}

    def _receive(self) -> Iterator[str]:
        sqs = fake_aws.client("sqs")
        found = sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10)
        for message in found.get("Messages", []):
            sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]

    def lose_messages(self) -> None:
        """Lose what waits in the queue."""
        for _ in self._receive():
            pass

    def sweep(self) -> None:
        """Run the sweeper, and the worker after it."""
        due_work.sweep(clock.now(), lambda: 60.0)
        self.work()

    def settle(self, *, times: int = 1) -> None:
        """Run the worker, deliver all events to all features, and inspect what arrives.

        Each event is delivered `times` times.
        """
        self.work()
        while batch := list(self._undelivered()):
            for feature, event in batch:
                for _ in range(times):
                    CONSUMERS[feature][1](event, clock.now())
            self.inspect()
            self.work()

    def settle_with_deaths(self, death: type[BaseException]) -> int:
        """Do as `settle`, but let each call of each consumer be its last once.

        Each event is delivered again after that. Returns how often a consumer died.
        """
        deaths = 0
        self.work()
        while batch := list(self._undelivered()):
            for feature, event in batch:
                position, finished = 0, False
                while not finished:
                    try:
                        with aws_calls.failing_at(position, death(), dead=True):
                            CONSUMERS[feature][1](event, clock.now())
                        finished = True
                    except death:
                        position += 1
                deaths += position
            self.inspect()
            self.work()
        return deaths

    def inspect(self) -> None:
        """Inspect all uploads that wait."""
        listed = fake_aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=INCOMING)
        for found in listed.get("Contents", []):
            file_id = found["Key"].removeprefix(INCOMING)
            inspections.inspect(file_id, found["ETag"].strip('"'), clock.now())

    def _undelivered(self) -> Iterator[tuple[str, DomainEvent]]:
        events = [event for source in CONSUMERS for event in published(source)]
        for event in sorted(events, key=lambda each: each.id):
            for feature, (handlers, _) in CONSUMERS.items():
                if event.type in handlers and (event.id, feature) not in self._delivered:
                    self._delivered.add((event.id, feature))
                    yield feature, event

    def portfolio(self) -> list[Any]:
        """Return the stored portfolio items."""
        return [
            json.loads(item["record"])
            for item in moto_items.items("profiles")
            if item["sk"].startswith("WORK#")
        ]

    def files(self) -> list[Any]:
        """Return the stored files."""
        return [
            json.loads(item["record"])
            for item in moto_items.items("files")
            if item["pk"].startswith("FILE#") and item["sk"] == "RECORD"
        ]
