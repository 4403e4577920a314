"""profiles' DynamoDB table, and the only modules that talk to it: one per subject.

pk                    sk                      record
PERSON#<userId>       CARD                    Card: name, avatar, role; in the list CARDS#<shard>
PERSON#<userId>       DELETED                 their account is gone, nothing may be kept (TTL)
ARTIST#<artistId>     PAGE                    Page: of an artist, with copies of their services
ARTIST#<artistId>     GONE#<serviceId>        a service that was removed and stays so (TTL)
HANDLE#<hash>         OWNER                   Handle: whose it is; nobody's after they left (TTL)
SEARCH#<kind>#<what>  <artistId>              Found: the artist as searches show them
PORTFOLIO#<artistId>  WORK#<ulid>             Work: what the artist shows, its likes counted beside
PORTFOLIO#<artistId>  WORKS                   how many those are
LIKES#<itemId>        <userId>                a like; in the list PERSON#<userId>
PERSON#<userId>       BOARD#<boardId>         Board: a mood board with the ids of its works
PERSON#<userId>       BOARDS                  how many those are
CLIENTS#<artistId>    CLIENT#<clientId>       Client: what visits add up to; in PERSON#<clientId>
VISITS#<art>#<cli>    VISIT#<appointmentId>   Visit: a copy of an appointment; in VISITS#<art>#<cli>
VISIT#<appointmentId> RECORD                  whose visit it is: artist and client
VISIT#<appointmentId> REVIEW                  the id of its review
NOTES#<art>#<cli>     NOTE#<noteId>           Note: what the artist noted down of the client
NOTES#<art>#<cli>     NUMBER                  how many those are
REVIEWS#<artistId>    REVIEW#<ulid>           Review; in the list PERSON#<authorId>
ARTIST#<artistId>     RATING                  how many reviews, and their sum
VOUCHERS#<artistId>   TEMPLATE#<templateId>   Template: what vouchers are issued of
VOUCHERS#<artistId>   TEMPLATES               how many those are
VOUCHERS#<artistId>   VOUCHER#<voucherId>     Voucher; in the list PERSON#<holderId>, if it has one
VOUCHERS#<artistId>   CODE#<code>             the id of the voucher with this code
ERASURE#<userId>      RECORD                  Erasure: what has yet to be erased
OUTBOX#<subject>      <eventId>               OutboxItem: an event on its way (TTL)

Indexes: `by-list` lists what has a list (`listed_in`) in the order of `listed_as`; `by-due` holds
what must be looked at when its time has come.
"""
