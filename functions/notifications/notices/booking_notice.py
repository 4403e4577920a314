"""Booking notices: how a notice of an appointment, proposal or the like is composed and sent."""

from datetime import datetime

import msgspec

from domain import quotation
from notifications.events import RecordLink, Side
from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.notices.parties import Party
from notifications.notices.quick_actions import Actions
from notifications.rules import local_time
from notifications.use_cases import composer, dispatch, recipients
from notifications.use_cases.dispatch import Cause
from shared.events.domain_events import DomainEvent


class Words(msgspec.Struct, frozen=True):
    """What one of the two called something: it is quoted, and attributed to them.

    Attributes:
        text: The words.
        by: The side whose words they are.
        noun: What it is called where nothing of the words is left.
    """

    text: str
    by: Side
    noun: str


# Values of a template's variables; a variable whose value is None is left out.
Variables = dict[str, TemplateValue | Words | None]


def build_service_variables(name: str) -> Variables:
    """Build the variables of a service, which the artist named."""
    return {"serviceName": Words(name, Side.ARTIST, "service")}


def build_time_variables(starts_at: datetime, time_zone: str) -> Variables:
    """Build the variables of a time, which is shown as local time."""
    return {"startsAt": format_local(starts_at, time_zone), "timeZone": time_zone}


def format_local(instant: datetime, time_zone: str) -> str:
    """Format an instant as the value of a variable that shows local time."""
    return local_time.convert(instant, time_zone).isoformat()


def send(
    party: Party,
    template: str,
    variables: Variables,
    event: DomainEvent,
    now: datetime,
    *,
    link: RecordLink,
    good_until: datetime | None = None,
    actions: Actions = (),
) -> None:
    """Notify a party of an event through every channel that leads to them, once per event."""
    if party.contact is None:
        return
    values = {
        name: _attribute(value, party.side) if isinstance(value, Words) else value
        for name, value in variables.items()
        if value is not None
    }
    channels = tuple(Channel)
    message = composer.compose_from_system_template(
        template, values, channels, MessageCategory.TRANSACTIONAL
    )
    message = composer.replace_push_fields(message, url=link.url, data=link.data, actions=actions)
    recipient = recipients.create(party.contact, channels)
    dispatch.dispatch(message, recipient, Cause.from_event(event.id, good_until=good_until), now)


def _attribute(words: Words, reader: Side) -> str:
    """Quote the words as their reader's own, or as those of the other side."""
    owner = "your" if words.by is reader else f"the {words.by}'s"
    return f"{owner} {quotation.quote(words.text) or words.noun}"
