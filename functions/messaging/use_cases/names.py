"""Names by which a conversation is found: the other member's, as its copy has it."""

from messaging.models import Conversation, Guest, Person, Side
from messaging.rules import search
from messaging.store import conversations, guests, person_copies
from shared.http.caller import Role

SIDES = {Role.ARTIST: Side.ARTIST, Role.CLIENT: Side.CLIENT}


def add(conversation: Conversation) -> None:
    """Let a conversation be found by the names of its members, where these are not known yet."""
    conversations.add_names(conversation.id, list_names(conversation))


def list_names(conversation: Conversation) -> dict[Side, list[str]]:
    """Return the beginnings of the names of both members. One read, and one more for a guest."""
    people = person_copies.find_all(conversation.member_ids)
    guest = guests.find(conversation.guest_id) if conversation.guest_id else None
    return {
        side: list_beginnings(guest if side is Side.CLIENT and guest else people.get(user_id))
        for side in Side
        for user_id in (conversation.get_user_id(side),)
    }


def rename(person: Person | Guest, side: Side) -> None:
    """Let all conversations of a person be found by their name. One write."""
    conversations.rename(side, person.id, list_beginnings(person))


def list_beginnings(person: Person | Guest | None) -> list[str]:
    """Return the beginnings of the name and the handle of a person."""
    if person is None or person.erased_at is not None:
        return []
    return search.list_beginnings(f"{person.name} {person.handle or ''}")
