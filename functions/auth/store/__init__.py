"""The DynamoDB table of auth, and the only modules that access it: one per subject.

pk               sk                  item
USER#<userId>    PROFILE             UserItem: an account
USER#<userId>    SESSION#<id>        SessionItem: a signed-in device (TTL)
USER#<userId>    ASSISTANT#<id>      AssistantItem: an assistant of an artist, or invited (TTL)
USER#<userId>    STUDIO#<id>         StudioItem: where an assistant finds that record
EMAIL#<email>    STUDIO#<id>         StudioItem: where an invited address finds it (TTL)
USER#<userId>    TOTP                TotpItem: the authenticator app of an account
USER#<userId>    PASSKEY#<digest>    PasskeyItem: a passkey of an account
USER#<userId>    GUESSES             GuessesItem: wrong passwords and codes of an account (TTL)
USER#<userId>    DEVICE#<digest>     GuessesItem: the same of a known device of the account (TTL)
ADDRESS#<hash>   GUESSES             GuessesItem: the same of an IP address (TTL)
UNKNOWN#<hash>   GUESSES             GuessesItem: the same of an address without an account (TTL)
ATTEMPT#<hash>   ATTEMPT             AttemptItem: what waits for a code (TTL)
EMAIL#<email>    OWNER               EmailOwnerItem: the account of an address, at most one
IDENTITY#<hash>  OWNER               IdentityItem: the account of somebody at another provider
ENDED_SESSIONS   <time>#<id>         EndedSessionsItem: sessions that ended lately (TTL)
TOKEN-KEYS       <KIND>#<start>      TokenKeyItem: a key of tokens, without its secret (TTL)
IMPORTED         PASSWORDS           ImportedPasswordsItem: the highest cost of their hashes
USER#<userId>    EXPORT              ExportItem: the last request for an export (TTL)
USER#<userId>    EXPORT#<eventId>    ExportItem: a download that stands in the audit log (TTL)
USER#<userId>    DECISION#<eventId>  DecisionItem: a decision that was carried out (TTL)
AUDIT#<userId>   ENTRY#<number>      AuditItem: an entry of an account's audit log (TTL)
AUDIT#<userId>   FAILURES            AuditItem: how often signing in to it has failed (TTL)
OUTBOX#<shard>   <eventId>           OutboxItem: an event to publish, until it is
"""

from auth.store.accounts import (
    add_user,
    add_users,
    change_email_owner,
    create_user,
    delete_items,
    delete_user,
    find_owned,
    find_user,
    find_user_by_email,
    list_users,
    list_users_by_name,
    nobody,
    note_mail_was_read,
    require_admin,
    update_name,
)
from auth.store.audit import (
    add_audit_entries,
    build_audit_item,
    count_audit_failure,
    expire_audit_log,
    find_audit_end,
    list_audit_entries,
    read_audit_entries,
    read_audit_entry,
    save_audit_entry,
)
from auth.store.exports import (
    add_export,
    build_export,
    find_export,
    is_download_recorded,
    record_download,
)
from auth.store.outbox_secrets import outbox_secret
from auth.store.sessions import (
    MAX_ENDED_TOGETHER,
    Change,
    Changes,
    Transaction,
    Writes,
    add_session,
    end_all_sessions,
    end_sessions,
    find_session,
    list_sessions,
    new_epoch,
    renew_session,
    rotate_session,
)
from auth.store.table import (
    ASSISTANT,
    AUDIT,
    EMAIL,
    ENTRY,
    FAILURES,
    OWNER,
    PROFILE,
    SESSION,
    STUDIO,
    USER,
    AssistantItem,
    AuditItem,
    EmailOwnerItem,
    EndedSessionsItem,
    OutboxItem,
    SessionItem,
    StudioItem,
    UserItem,
    add_events,
    ping,
)
from auth.store.token_keys import (
    TOKEN_KEYS,
    TokenKeyItem,
    add_token_key,
    delete_token_keys,
    list_token_keys,
)

__all__ = [
    "ASSISTANT",
    "AUDIT",
    "EMAIL",
    "ENTRY",
    "FAILURES",
    "MAX_ENDED_TOGETHER",
    "OWNER",
    "PROFILE",
    "SESSION",
    "STUDIO",
    "TOKEN_KEYS",
    "USER",
    "AssistantItem",
    "AuditItem",
    "Change",
    "Changes",
    "EmailOwnerItem",
    "EndedSessionsItem",
    "OutboxItem",
    "SessionItem",
    "StudioItem",
    "TokenKeyItem",
    "Transaction",
    "UserItem",
    "Writes",
    "add_audit_entries",
    "add_events",
    "add_export",
    "add_session",
    "add_token_key",
    "add_user",
    "add_users",
    "build_audit_item",
    "build_export",
    "change_email_owner",
    "count_audit_failure",
    "create_user",
    "delete_items",
    "delete_token_keys",
    "delete_user",
    "end_all_sessions",
    "end_sessions",
    "expire_audit_log",
    "find_audit_end",
    "find_export",
    "find_owned",
    "find_session",
    "find_user",
    "find_user_by_email",
    "is_download_recorded",
    "list_audit_entries",
    "list_sessions",
    "list_token_keys",
    "list_users",
    "list_users_by_name",
    "new_epoch",
    "nobody",
    "note_mail_was_read",
    "outbox_secret",
    "ping",
    "read_audit_entries",
    "read_audit_entry",
    "record_download",
    "renew_session",
    "require_admin",
    "rotate_session",
    "save_audit_entry",
    "update_name",
]
