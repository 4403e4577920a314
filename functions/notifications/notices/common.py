"""What all news about bookings have in common: the two people, when and where, and the telling."""

from datetime import datetime

import msgspec

from notifications.events import News, Side
from notifications.models import Category, Channel, Contact, Value
from notifications.notices.quick_actions import Offers
from notifications.rules import local_time
from notifications.store import contacts, seen_events
from notifications.templates import rendering
from notifications.use_cases import composer, dispatch, recipients
from shared.events.domain_events import DomainEvent

# What a template is given; what is None is left out.
Variables = dict[str, Value | None]

SOME_ARTIST = "your artist"
SOME_CLIENT = "your client"


class Person(msgspec.Struct, frozen=True):
    """One of the two. contact: None where nobody is to be told: without account, or erased."""

    name: str
    contact: Contact | None


class People(msgspec.Struct, frozen=True):
    """The artist and the client of a booking."""

    artist: Person
    client: Person

    def told_of(self, by: Side) -> list[tuple[Person, Person]]:
        """Who is told of an act of this side, each with the other: the other side, or both."""
        artist, client = (self.artist, self.client), (self.client, self.artist)
        match by:
            case Side.ARTIST:
                return [client]
            case Side.CLIENT:
                return [artist]
            case Side.SYSTEM:
                return [artist, client]


def people(artist_id: str, client_id: str | None) -> People:
    """The two, as far as they are known: who is not yet, or was erased, has a neutral name."""
    return People(_person(artist_id, SOME_ARTIST), _person(client_id, SOME_CLIENT))


def service(name: str) -> Variables:
    """What a template is given about the service: a stranger's words, which forge no lines."""
    return {"serviceName": rendering.one_line(name)}


def time(starts_at: datetime, time_zone: str) -> Variables:
    """What a template is given about a time: as the clock on the wall there shows it."""
    return {"startsAt": on_the_wall(starts_at, time_zone), "timeZone": time_zone}


def on_the_wall(instant: datetime, time_zone: str) -> str:
    """The instant as a variable that shows local time."""
    return local_time.local(instant, time_zone).isoformat()


def hear(subject: str, version: int, now: datetime) -> bool:
    """Note that a fact of this version was heard; whether nothing newer was heard before."""
    return seen_events.hear(subject, version, now).version == version


def tell(
    person: Person,
    template: str,
    variables: Variables,
    event: DomainEvent,
    now: datetime,
    *,
    fact: News,
    good_until: datetime | None = None,
    offered: Offers = (),
) -> None:
    """Tell somebody of the fact through every channel that leads to them, once for each event."""
    if person.contact is None:
        return
    given = {name: value for name, value in variables.items() if value is not None}
    channels = tuple(Channel)
    message = composer.from_system(template, given, channels, Category.TRANSACTIONAL)
    recipient = recipients.of_contact(person.contact, channels)
    occasion = dispatch.of_event(event.id, good_until=good_until)
    message = composer.with_push(message, url=fact.about.url, data=fact.about.data, actions=offered)
    dispatch.dispatch(message, recipient, occasion, now)


def _person(user_id: str | None, neutral: str) -> Person:
    if user_id is None:
        return Person(neutral, None)
    contact = contacts.find_living(user_id)
    if contact is None:
        return Person(neutral, None)
    return Person(rendering.one_line(contact.name) or neutral, contact)
