"""consultations' DynamoDB table, and the only modules that talk to it.

pk                          sk                   record
CONSULTATION#<id>           RECORD               Consultation (TTL once both accounts are gone)
PAIR#<artistId>#<clientId>  OPEN#<id>            an open consultation of the two
PAIR#<artistId>#<clientId>  OPEN                 how many those are
PAIR#<artistId>#<clientId>  BLOCK#<side>         that this one blocked the other, or no longer
PERSON#<userId>             CARD                 Person: a copy, kept by events
PERSON#<userId>             COUNTS#<side>        how many consultations lie in which folder
PERSON#<userId>             DELETED              the account is gone (TTL)
ARTIST#<artistId>           INTAKE#<number>      Intake: never changed
ARTIST#<artistId>           POLICY#age#<for>     Terms: a copy; null once withdrawn
FILE#<fileId>               RECORD               File: a copy; once removed without owner (TTL)
PROPOSAL#<proposalId>       RECORD               Project: what was heard of it (TTL without a
                                                 consultation)
ERASURE#<userId>            RECORD               Erasure: their account is gone
OUTBOX#<subject>            <eventId>            OutboxItem: an event on its way (TTL)

Indexes: `by-artist` and `by-client` list what somebody did not put away, `by-artist-folder` and
`by-client-folder` one folder, both the newest first; `by-due` holds what must be looked at when its
time has come. An index lags behind the records by a moment; counts do not.
"""
