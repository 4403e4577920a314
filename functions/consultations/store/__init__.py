"""The DynamoDB table of consultations, and the only modules that access it.

pk                          sk                   record
CONSULTATION#<id>           RECORD               Consultation (TTL once both accounts are deleted)
PAIR#<artistId>#<clientId>  OPEN#<id>            marks an open consultation of the pair
PAIR#<artistId>#<clientId>  OPEN                 number of open consultations of the pair
PAIR#<artistId>#<clientId>  BLOCK#<side>         whether this side blocks the other
PERSON#<userId>             CARD                 Person: a copy, updated by events
PERSON#<userId>             COUNTS#<side>        number of consultations in each folder
ARTIST#<artistId>           INTAKE#<number>      Intake: never changed
ARTIST#<artistId>           POLICY#age#<for>     Terms: a copy; null once withdrawn. <for> is the id
                                                 of a service, or * for all of them
FILE#<fileId>               RECORD               File: a copy; without owner once removed (TTL)
PROPOSAL#<proposalId>       RECORD               LinkedProposal (TTL while it names no consultation)
ERASURE#<userId>            RECORD               Erasure: a deleted account, until it is erased
OUTBOX#<shard>              <eventId>            OutboxItem: an event to be published, until it is

Indexes: `by-artist` and `by-client` list a user's consultations without the archived ones,
`by-artist-folder` and `by-client-folder` list one folder, all of them the newest first. `by-due`
lists what the sweeper must look at, by time. Indexes are eventually consistent; counts are not.
"""
