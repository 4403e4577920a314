"""Social accounts and events for tests."""

from datetime import UTC, datetime
from typing import Any

from domain.ids import new_id
from shared.events.domain_events import DomainEvent
from social import consumers
from social.models import Capability, ProviderId, SocialAccount, Tokens
from social.store import accounts as accounts_store
from social.use_cases import vault

MARA = "usr_01JD2ZK5V7M0Q4X8T6N3R9W1YB"
NOOR = "usr_01JD31N0P1Q2R3S4T5V6W7X8YZ"
NOW = datetime(2030, 1, 31, 9, 30, tzinfo=UTC)


def connect(
    artist_id: str,
    provider: ProviderId = ProviderId.CALDAV,
    subject: str = "17841400000000001",
    tokens: Tokens | None = None,
    **fields: Any,
) -> SocialAccount:
    """Store a connected account with tokens, as if the artist had connected it."""
    account = SocialAccount(
        id=new_id("sac"),
        artist_id=artist_id,
        provider=provider,
        subject=subject,
        connected_at=NOW,
        **{
            "display_name": "Mara Voss Tattoo",
            "capabilities": tuple(Capability),
            **fields,
        },
    )
    stored = vault.store(account, tokens or Tokens("access-secret"))
    accounts_store.save(account, also=[accounts_store.link(account), stored])
    return account


def deliver(type_: str, **data: Any) -> None:
    """Deliver an event of another feature."""
    event = DomainEvent(
        id=new_id("evt"),
        source="/artist-booking/tests",
        type=type_,
        subject="x",
        time=NOW,
        data=data,
    )
    consumers.handle(event, NOW)
