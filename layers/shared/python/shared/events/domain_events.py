"""Domain events: facts that features tell each other, as CloudEvents 1.0.

The data of each type is a struct of the feature that publishes it; its schema and an example stand
in `events/domain/<type>.json`. Consumers read only the fields they need and ignore the rest.
"""

from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from domain.ids import new_id
from shared.platform import correlation

SPEC_VERSION = "1.0"


class EventData(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the data of a published event. Subclasses set `type` and, once changed, `version`."""

    type: ClassVar[str]
    version: ClassVar[int] = 1


class ConsumedEvent(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the data of a consumed event. Subclasses list the fields they need, no others."""


class DomainEvent(msgspec.Struct, frozen=True):
    """One event as it travels. Attribute names are those of the CloudEvents specification."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]
    dataversion: int = 1
    correlationid: str = ""
    datacontenttype: str = "application/json"
    specversion: str = SPEC_VERSION


Data = TypeVar("Data")


def new_event(feature: str, subject: str, data: EventData, now: datetime) -> DomainEvent:
    """The event by which `feature` tells `data` about `subject` (the id of a record)."""
    return DomainEvent(
        id=new_id("evt"),
        source=f"/artist-booking/{feature}",
        type=data.type,
        subject=subject,
        time=now,
        data=msgspec.to_builtins(data),
        dataversion=data.version,
        correlationid=correlation.current(),
    )


def decode_data(received: DomainEvent, model: type[Data]) -> Data:
    """The event's data as the consumer's own struct. Raises msgspec.ValidationError."""
    return msgspec.convert(received.data, model)
