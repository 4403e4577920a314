"""The DynamoDB table of auth, and the only modules that access it: one per subject.

pk               sk                  item
USER#<userId>    PROFILE             UserItem: an account
USER#<userId>    SESSION#<id>        SessionItem: a signed-in device (TTL)
USER#<userId>    GUESSES             GuessesItem: wrong passwords and codes of an account (TTL)
USER#<userId>    DEVICE#<digest>     GuessesItem: the same of a known device of the account (TTL)
ADDRESS#<hash>   GUESSES             GuessesItem: the same of an IP address (TTL)
UNKNOWN#<hash>   GUESSES             GuessesItem: the same of an address without an account (TTL)
ATTEMPT#<hash>   ATTEMPT             AttemptItem: what waits for a code (TTL)
EMAIL#<email>    OWNER               EmailOwnerItem: the account of an address, at most one
ENDED_SESSIONS   <time>#<id>         EndedSessionsItem: sessions that ended lately (TTL)
OUTBOX#<shard>   <eventId>           OutboxItem: an event to publish, until it is
"""

from auth.store.accounts import (
    add_user,
    create_user,
    delete_items,
    delete_user,
    find_user,
    find_user_by_email,
    list_users,
    update_name,
)
from auth.store.sessions import (
    MAX_ENDED_TOGETHER,
    Changes,
    Writes,
    add_session,
    end_all_sessions,
    end_sessions,
    find_session,
    list_sessions,
    rotate_session,
)
from auth.store.table import (
    EMAIL,
    OWNER,
    PROFILE,
    SESSION,
    USER,
    EmailOwnerItem,
    EndedSessionsItem,
    OutboxItem,
    SessionItem,
    UserItem,
    add_events,
    ping,
)

__all__ = [
    "EMAIL",
    "MAX_ENDED_TOGETHER",
    "OWNER",
    "PROFILE",
    "SESSION",
    "USER",
    "Changes",
    "EmailOwnerItem",
    "EndedSessionsItem",
    "OutboxItem",
    "SessionItem",
    "UserItem",
    "Writes",
    "add_events",
    "add_session",
    "add_user",
    "create_user",
    "delete_items",
    "delete_user",
    "end_all_sessions",
    "end_sessions",
    "find_session",
    "find_user",
    "find_user_by_email",
    "list_sessions",
    "list_users",
    "ping",
    "rotate_session",
    "update_name",
]
