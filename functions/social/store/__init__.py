"""Store of social: a DynamoDB table.

pk                         sk               record
USER#<artistId>            OWNER            Owner (TTL once they are deleted)
USER#<artistId>            ACCOUNT#<id>     SocialAccount
USER#<artistId>            TOKENS#<id>      sealed Tokens of the account, due to be refreshed
SUBJECT#<provider>#<id>    OWNER            link: the artist and the account that it belongs to
USER#<artistId>            CALENDAR#<id>    SocialCalendar, due to be read
USER#<artistId>            ENTRIES#<id>#<n> EntriesItem: a part of what the calendar has
CHANNEL#<id>               OWNER            ChannelItem: whose calendar it watches (TTL)
OUTBOX#<shard>             <eventId>        OutboxItem: an event that waits to be published

Index `by-due` has the items with due work: `REFRESH` for tokens, `READ` for calendars.
"""

from social.store.table import ping

__all__ = ["ping"]
