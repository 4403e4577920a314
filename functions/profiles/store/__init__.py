"""The DynamoDB table of profiles. Only these modules access it: one per subject.

pk                    sk                      record
PERSON#<userId>       CARD                    Person; listed in CARDS#<shard>
ARTIST#<artistId>     PAGE                    ArtistPage, with copies of the artist's services
ARTIST#<artistId>     GONE#<serviceId>        mark of a removed service (TTL)
HANDLE#<hash>         OWNER                   Handle: its artist; none while reserved (TTL)
LOOK#<hash>           OWNER                   the same of all handles that look like one
SEARCH#<type>#<key>   <artistId>              SearchEntry
PORTFOLIO#<artistId>  WORK#<ulid>             PortfolioItem, with its number of likes
PORTFOLIO#<artistId>  WORKS                   number of portfolio items, and their order
PORTFOLIO#<artistId>  ALBUM#<ulid>            Album, with the ids of its items
PORTFOLIO#<artistId>  ALBUMS                  AlbumOrder: ids of the albums, in order
LIKES#<itemId>        <userId>                a like; listed in PERSON#<userId>
PERSON#<userId>       BOARD#<boardId>         Board, with the ids of its items
PERSON#<userId>       BOARDS                  number of boards
FILE#<fileId>         RECORD                  File: a copy of a clean file; it has no owner (TTL)
                                              once the file was removed
CLIENTS#<artistId>    CLIENT#<clientId>       Client, with totals and blocks
PERSON#<clientId>     CLIENT#<artistId>       null: the artist is one of the client's
VISITS#<art>#<cli>    VISIT#<appointmentId>   Visit; listed in VISITS#<art>#<cli> by start
VISIT#<appointmentId> RECORD                  artist and client of the visit
VISIT#<appointmentId> REVIEW                  id of the visit's review
NOTES#<art>#<cli>     NOTE#<noteId>           Note
NOTES#<art>#<cli>     NUMBER                  number of notes
REVIEWS#<artistId>    REVIEW#<ulid>           Review; listed in PERSON#<authorId>
ARTIST#<artistId>     RATING                  number of reviews and sum of their ratings
VOUCHERS#<artistId>   TEMPLATE#<templateId>   VoucherTemplate
VOUCHERS#<artistId>   TEMPLATES               number of templates
VOUCHERS#<artistId>   VOUCHER#<voucherId>     Voucher; listed in PERSON#<clientId> if it has one
VOUCHERS#<artistId>   CODE#<code>             id of the voucher with this code
ERASURE#<userId>      RECORD                  Erasure, until it is complete; in `by-due`
OUTBOX#<shard>        <eventId>               OutboxItem: an event to be published, until it is

Indexes: `by-list` holds items with `listed_in`, ordered by `listed_as`; `by-due` holds items to be
processed once `due_at` has passed.
"""
