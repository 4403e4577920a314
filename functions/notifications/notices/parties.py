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
    """

    name: str
    contact: Contact | None
    side: Side
    studio_defaults: CategoryChoices | None = None


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
    artist = _find_party(artist_id, Side.ARTIST, UNKNOWN_ARTIST)
    client = _find_party(client_id, Side.CLIENT, UNKNOWN_CLIENT)
    defaults = None if artist.contact is None else artist.contact.studio_defaults
    return Parties(artist, msgspec.structs.replace(client, studio_defaults=defaults))


def _find_party(user_id: str | None, side: Side, neutral_name: str) -> Party:
    contact = None if user_id is None else contacts.find_active(user_id)
    if contact is None:
        return Party(neutral_name, None, side)
    return Party(quotation.quote(contact.name) or neutral_name, contact, side)
