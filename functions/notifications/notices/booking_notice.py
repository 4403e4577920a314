"""Booking notices: how a notice of an appointment, proposal or the like is composed and sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from domain import calendar_files, quotation
from domain.calendar_files import Event, Participant
from domain.money import Money
from notifications.events import RecordLink, Side
from notifications.models import Channel, Invitation, MessageCategory, TemplateValue, Throttle
from notifications.notices.parties import Parties, Party
from notifications.notices.quick_actions import Actions
from notifications.rules import local_time, locales
from notifications.use_cases import brands, composer, dispatch, recipients, web_pages
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
Variables = dict[str, TemplateValue | datetime | Words | Money | None]


def build_service_variables(name: str) -> Variables:
    """Build the variables of a service, which the artist named."""
    return {"serviceName": Words(name, Side.ARTIST, "service")}


def build_time_variables(starts_at: datetime, time_zone: str) -> Variables:
    """Build the variables of a time, which is shown as local time."""
    return {"startsAt": local_time.convert(starts_at, time_zone), "timeZone": time_zone}


def send(
    party: Party,
    template: str,
    variables: Variables,
    event: DomainEvent | Cause,
    now: datetime,
    *,
    link: RecordLink,
    good_until: datetime | None = None,
    actions: Actions = (),
    invitation: Invitation | None = None,
    category: MessageCategory = MessageCategory.BOOKING,
    channels: Sequence[Channel] = tuple(Channel),
    throttle: Throttle | None = None,
) -> None:
    """Notify a party of an event through every channel that leads to them, once per event.

    The template is the artist's own where they have one, in the language of the party.

    The mail links to the page of the record, if the web application is known.

    Args:
        party: Who is notified.
        template: Name of the system template.
        variables: Values of its variables.
        event: The event, or whatever else is the cause.
        now: The present time.
        link: The record that the event is about.
        good_until: When the notice becomes useless.
        actions: Buttons of the push message.
        invitation: The appointment, which the mail brings along for the reader's calendar.
        category: Purpose of the notice.
        channels: The channels that it may go through.
        throttle: Limit of the notices of its kind.
    """
    if party.contact is None:
        return
    values = {
        name: _convert(value, party) for name, value in variables.items() if value is not None
    }
    message = composer.compose_from_system_template(
        template,
        values,
        channels,
        category,
        locale=party.locale,
        artist_id=party.artist_id,
        byline=party.artist_name if party.side is Side.CLIENT else None,
    )
    message = composer.replace_push_fields(message, url=link.url, data=link.data, actions=actions)
    message = composer.complete_email(
        message,
        url=link.url,
        page=web_pages.build(link.url),
        invitation=invitation,
        locale=party.locale,
    )
    if party.side is Side.CLIENT:
        message = brands.apply(message, party.artist_id)
    recipient = recipients.create(party.contact, channels)
    cause = event if isinstance(event, Cause) else Cause.from_event(event, good_until=good_until)
    cause = msgspec.structs.replace(cause, studio_defaults=party.studio_defaults, throttle=throttle)
    dispatch.dispatch(message, recipient, cause, now)


class Booked(Protocol):
    """What a calendar shows of an appointment: its event, or what is kept of it."""

    @property
    def appointment_id(self) -> str:
        """Id of the appointment."""

    @property
    def sequence(self) -> int:
        """SEQUENCE of its iCalendar event."""

    @property
    def starts_at(self) -> datetime:
        """Start."""

    @property
    def ends_at(self) -> datetime:
        """End."""

    @property
    def status(self) -> str:
        """Status."""

    @property
    def service_name(self) -> str:
        """Name of the service, as the artist wrote it."""

    @property
    def location(self) -> str:
        """Place, as the artist wrote it."""


def build_invitation(
    appointment: Booked,
    both: Parties,
    reader: Party,
    changed_at: datetime,
    *,
    is_on: bool = True,
) -> Invitation:
    """Build what adds an appointment to a reader's calendar, or removes it.

    Args:
        appointment: The appointment.
        both: Its artist and client.
        reader: The one of them who reads the mail.
        changed_at: When the appointment was last changed.
        is_on: Whether it takes place.
    """
    is_own = reader.side is Side.ARTIST
    other = both.client if is_own else both.artist
    page = web_pages.build(f"/appointments/{appointment.appointment_id}")
    # Undecided appointments are on hold in both calendars.
    is_pending = appointment.status == "pending"
    status: Literal["tentative", "confirmed"] = "tentative" if is_pending else "confirmed"
    other_name = other.name if other.contact is not None else ""
    return Invitation(
        method="REQUEST" if is_on else "CANCEL",
        reader_name=_flatten_name(reader),
        event=Event(
            uid=calendar_files.build_uid(appointment.appointment_id),
            sequence=appointment.sequence,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            status=status if is_on else "cancelled",
            summary=calendar_files.build_summary(
                appointment.service_name, other_name, is_own=is_own
            ),
            description=f"{composer.get_link_text(reader.locale)}: {page}" if page else "",
            location=quotation.flatten(appointment.location, quotation.MAX_PLACE) or None,
            url=page,
            updated_at=changed_at,
            organizer=Participant(_flatten_name(both.artist)),
        ),
    )


def _flatten_name(party: Party) -> str:
    return quotation.flatten(party.contact.name) if party.contact else ""


def _convert(
    value: TemplateValue | datetime | Words | Money, reader: Party
) -> TemplateValue | datetime:
    """Convert a value to the language of its reader."""
    match value:
        case Words():
            return _attribute(value, reader)
        case Money():
            return locales.format_amount(value.amount, value.currency, reader.locale)
        case str():
            return locales.translate(value, reader.locale)
        case _:
            return value


def _attribute(words: Words, reader: Party) -> str:
    """Quote the words as their reader's own, or as those of the other side.

    German has no form of that which fits every sentence: there the marks attribute them.
    """
    quoted = quotation.quote(words.text)
    if locales.get_language(reader.locale) != locales.DEFAULT:
        return quoted or locales.translate(words.noun, reader.locale)
    owner = "your" if words.by is reader.side else f"the {words.by}'s"
    return f"{owner} {quoted or words.noun}"
