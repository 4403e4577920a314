"""Sessions of assistants in the studio of an artist, which end with all sessions of the artist."""

from auth.rules import assistants as rules
from auth.store import AssistantItem, UserItem
from auth.store import assistants as store


def list_ids(artist: UserItem) -> list[str]:
    """List the ids of the sessions that assistants of an account may have at this moment.

    Those who are invited may accept meanwhile.
    """
    return [get_id(item, artist) for item in store.list_assistants(artist.user_id)]


def get_id(item: AssistantItem, artist: UserItem) -> str:
    """Return the id of the session that an assistant has in the studio of an artist."""
    return rules.derive_session_id(item.grant, artist.session_epoch)
