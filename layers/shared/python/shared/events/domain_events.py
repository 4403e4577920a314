"""Domain events: messages between features, as CloudEvents 1.0.

The data of each type is a struct of the feature that publishes it; `events/domain/<type>.json`
holds its schema and an example. Consumers read the fields they need and ignore the rest.
"""

from datetime import datetime
from typing import Any, ClassVar, TypeVar

import msgspec

from domain.ids import new_id
from shared.platform import correlation, traces

SPEC_VERSION = "1.0"


class EventData(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the data of a published event.

    Attributes:
        type: Type of the event, such as `user.verified`.
        version: Version of the data's schema.
    """

    type: ClassVar[str]
    version: ClassVar[int] = 1


class ConsumedEvent(msgspec.Struct, frozen=True, rename="camel"):
    """Base of the data of a consumed event. Subclasses list the fields they need, no others."""


class DomainEvent(msgspec.Struct, frozen=True):
    """An event as it is transported. Attribute names are those of the CloudEvents specification."""

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
    # Tracing header of the request that caused it, if that is sampled (shared.platform.traces).
    traceheader: str | msgspec.UnsetType = msgspec.UNSET


Data = TypeVar("Data")


def new_event(feature: str, subject: str, data: EventData, now: datetime) -> DomainEvent:
    """Create an event of a feature.

    Args:
        feature: The feature that publishes it.
        subject: Id of the record that it is about. Events of a subject are published in order.
        data: Data of the event.
        now: When it happened.
    """
    return DomainEvent(
        id=new_id("evt"),
        source=f"/artist-booking/{feature}",
        type=data.type,
        subject=subject,
        time=now,
        data=msgspec.to_builtins(data),
        dataversion=data.version,
        correlationid=correlation.current(),
        traceheader=traces.header() or msgspec.UNSET,
    )


def decode_data(event: DomainEvent, model: type[Data]) -> Data:
    """Return the data of an event as the consumer's struct.

    Raises:
        msgspec.ValidationError: The data does not fit the struct.
    """
    return msgspec.convert(event.data, model)
