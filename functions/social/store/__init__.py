"""Store of social: a DynamoDB table.

pk                         sk               record
USER#<artistId>            ACCOUNT#<id>     SocialAccount
USER#<artistId>            TOKENS#<id>      sealed Tokens of the account, due to be refreshed
SUBJECT#<provider>#<id>    OWNER            link: the artist and the account that it belongs to
LOGIN#<provider>#<id>      ACCOUNT#<id>     link: the same, by the person who allowed it
STATE#<hash>               OWNER            ConnectAttempt: a request to a provider (TTL)
ENDED#<sessionId>          OWNER            a session that ended, and connects nothing more (TTL)
REVOCATION#<accountId>     OWNER            sealed Tokens that are revoked, until they are (TTL)
DELETION#<code>            OWNER            DeletionRequest: what Meta asked to delete (TTL)
USER#<artistId>            CALENDAR#<id>    SocialCalendar, due to be read
USER#<artistId>            ENTRIES#<id>#<n> EntriesItem: a part of what the calendar has
CHANNEL#<id>               OWNER            ChannelItem: whose calendar it watches (TTL)
CHAT#<accountId>           GUEST#<guestId>  Guest
CHAT#<accountId>           RECEIVED#<key>   mark: the message was received (TTL)
CHAT#<accountId>           ATTACHMENTS#<key>     ReceivedAttachments, due until published (TTL)
CHAT#<accountId>           OUTGOING#<messageId>  OutgoingMessage (TTL)
CHAT#<accountId>           WAITING#<messageId>   mark: the message is not sent yet
CHAT#<accountId>           SENT#<key>       SentPart: the message that a part belongs to (TTL)
CHAT#<accountId>           SENDER           Sender: budget, pause and lease of sending
USER#<artistId>            MEDIA#<id>       MediaImport, due until decided; its links: `media.py`
USER#<artistId>            MEDIACHECK#<id>  MediaCheck of an account, due when it goes on
USER#<artistId>            CONSULTATION#<id>     ConsultationCopy
FILE#<fileId>              USE              FileUse: what a file was fetched for (TTL)
OUTBOX#<shard>             <eventId>        OutboxItem: an event that waits to be published

Index `by-due` has the items with due work: `REFRESH` for tokens, `REVOKE` for those of former
accounts, `READ` for calendars, `PUBLISH` for attachments, `MEDIA` for
imports and checks.
"""

from social.store.table import ping

__all__ = ["ping"]
