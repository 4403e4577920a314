"""The DynamoDB table of quick_actions, and the only modules that access it.

pk                  sk                       record
ARTIST#<userId>     ROW                      ArtistActions: all actions under one version
ARTIST#<userId>     AUDIT#<time>#<id>        Execution
ARTIST#<userId>     EXECUTION#<id>           sort key of that AUDIT# item: an id is used once
ARTIST#<userId>     CLIENT#<userId>          id of their conversation
ARTIST#<userId>     SERVICE#<id>             Service: a copy; null once removed (TTL)
ARTIST#<userId>     POLICY#<kind>[#<svc>]    Terms: a copy, for all services or one; null once
                                             withdrawn
CLIENT#<userId>     AUDIT#<artist>#<sk>      marks an execution whose messages went to the client
CLIENT#<userId>     CONVERSATION#<id>        id of the artist
PERSON#<userId>     CARD                     Person: a copy, updated by events
PERSON#<userId>     DELETED                  marks a deleted account (TTL)
CONVERSATION#<id>   RECORD                   Conversation: a copy
CONVERSATION#<id>   BLOCK#<side>             Block: a copy, whether this side blocks the other
OUTBOX#<shard>      <eventId>                OutboxItem: an event to be published, until it is

A user's data is in partitions of their own, so that erasure needs no index, which would only be
eventually consistent: once DELETED is written, no transaction adds to them, and one query finds
everything.
"""
