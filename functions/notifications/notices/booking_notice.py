"""Booking notices: how a notice of an appointment, proposal or the like is composed and sent."""

from datetime import datetime

from notifications.events import RecordLink
from notifications.models import Channel, MessageCategory, TemplateValue
from notifications.notices.parties import Party
from notifications.notices.quick_actions import Actions
from notifications.rules import local_time
from notifications.templates import rendering
from notifications.use_cases import composer, dispatch, recipients
from notifications.use_cases.dispatch import Cause
from shared.events.domain_events import DomainEvent

# Values of a template's variables; a variable whose value is None is left out.
Variables = dict[str, TemplateValue | None]


def build_service_variables(name: str) -> Variables:
    """Build the variables of a service, whose name a stranger chose: it must not add lines."""
    return {"serviceName": rendering.to_one_line(name)}


def build_time_variables(starts_at: datetime, time_zone: str) -> Variables:
    """Build the variables of a time, which is shown as local time."""
    return {"startsAt": format_local(starts_at, time_zone), "timeZone": time_zone}


def format_local(instant: datetime, time_zone: str) -> str:
    """Format an instant as the value of a variable that shows local time."""
    return local_time.convert(instant, time_zone).isoformat()


def format_reason(text: str) -> str | None:
    """Format a reason as the value of a variable: its lines, or None if it says nothing."""
    lines = [rendering.to_one_line(line) for line in text.splitlines()]
    return "\n".join(lines).strip() or None


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
    values = {name: value for name, value in variables.items() if value is not None}
    channels = tuple(Channel)
    message = composer.compose_from_system_template(
        template, values, channels, MessageCategory.TRANSACTIONAL
    )
    message = composer.replace_push_fields(message, url=link.url, data=link.data, actions=actions)
    recipient = recipients.create(party.contact, channels)
    dispatch.dispatch(message, recipient, Cause.from_event(event.id, good_until=good_until), now)
