"""Parties: the artist and the client that an event concerns."""

import msgspec

from domain import quotation
from notifications.events import Side
from notifications.models import CategoryChoices, Contact
from notifications.store import contacts

UNKNOWN_ARTIST = "your artist"
UNKNOWN_CLIENT = "your client"


class Party(msgspec.Struct, frozen=True):
    """The artist or the client.

    Attributes:
        name: Their name as they wrote it, in quotation marks.
        contact: None when they cannot be notified: they have no account, or were erased.
        studio_defaults: Channels that the artist's studio uses for the client; None of the artist.
        artist_id: The artist of the two, whose templates their notices are rendered from.
        artist_name: Name of that artist, as `name`.
    """

    name: str
    contact: Contact | None
    side: Side
    artist_id: str
    artist_name: str
    studio_defaults: CategoryChoices | None = None

    @property
    def locale(self) -> str | None:
        """Language that they want to be written to in."""
        return self.contact.locale if self.contact is not None else None


class Parties(msgspec.Struct, frozen=True):
    """The artist and the client."""

    artist: Party
    client: Party

    def find_actor(self, side: Side) -> tuple[Party, Party] | None:
        """Find who did something, with the opposite party; None for the system."""
        match side:
            case Side.ARTIST:
                return self.artist, self.client
            case Side.CLIENT:
                return self.client, self.artist
            case Side.SYSTEM:
                return None

    def list_others(self, side: Side) -> list[tuple[Party, Party]]:
        """List who is notified of what a side did, each with the opposite party.

        That is the other side, or both when the system acted.
        """
        artist, client = (self.artist, self.client), (self.client, self.artist)
        match side:
            case Side.ARTIST:
                return [client]
            case Side.CLIENT:
                return [artist]
            case Side.SYSTEM:
                return [artist, client]


def find(artist_id: str, client_id: str | None) -> Parties:
    """Find the two. One who is not known yet, or was erased, has a neutral name."""
    artist, artist_name = _find_contact(artist_id, UNKNOWN_ARTIST)
    client, client_name = _find_contact(client_id, UNKNOWN_CLIENT)
    defaults = None if artist is None else artist.studio_defaults
    return Parties(
        Party(artist_name, artist, Side.ARTIST, artist_id, artist_name),
        Party(client_name, client, Side.CLIENT, artist_id, artist_name, defaults),
    )


def _find_contact(user_id: str | None, neutral_name: str) -> tuple[Contact | None, str]:
    contact = None if user_id is None else contacts.find_active(user_id)
    name = quotation.quote(contact.name) if contact is not None else ""
    return contact, name or neutral_name
