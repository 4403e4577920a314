"""The DynamoDB table of auth, and the only modules that access it: one per subject.

pk               sk                  item
USER#<userId>    PROFILE             UserItem: an account
USER#<userId>    SESSION#<id>        SessionItem: a signed-in device (TTL)
EMAIL#<email>    OWNER               EmailOwnerItem: the account of an address, at most one
EMAIL#<email>    REGISTRATION#<id>   RegistrationItem: a registration waiting for its code (TTL)
TOKEN-KEYS       <KIND>#<start>      TokenKeyItem: a key of tokens, without its secret (TTL)
OUTBOX#<shard>   <eventId>           OutboxItem: an event to publish, until it is
"""

from auth.store.accounts import (
    add_user,
    delete_user,
    find_user,
    find_user_by_email,
    list_users,
    update_name,
)
from auth.store.registrations import (
    add_registration,
    list_registrations,
)
from auth.store.sessions import (
    add_session,
    delete_session,
    delete_sessions,
    find_session,
    rotate_session,
)
from auth.store.table import (
    EMAIL,
    OWNER,
    PROFILE,
    REGISTRATION,
    SESSION,
    TOKEN_KEYS,
    USER,
    EmailOwnerItem,
    OutboxItem,
    RegistrationItem,
    SessionItem,
    TokenKeyItem,
    UserItem,
    add_events,
    ping,
)
from auth.store.token_keys import add_token_key, delete_token_keys, list_token_keys

__all__ = [
    "EMAIL",
    "OWNER",
    "PROFILE",
    "REGISTRATION",
    "SESSION",
    "TOKEN_KEYS",
    "USER",
    "EmailOwnerItem",
    "OutboxItem",
    "RegistrationItem",
    "SessionItem",
    "TokenKeyItem",
    "UserItem",
    "add_events",
    "add_registration",
    "add_session",
    "add_token_key",
    "add_user",
    "delete_session",
    "delete_sessions",
    "delete_token_keys",
    "delete_user",
    "find_session",
    "find_user",
    "find_user_by_email",
    "list_registrations",
    "list_token_keys",
    "list_users",
    "ping",
    "rotate_session",
    "update_name",
]
