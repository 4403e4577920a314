"""The DynamoDB table of profiles. Only these modules access it: one per subject.

pk                    sk                      record
PERSON#<userId>       CARD                    Person; listed in CARDS#<shard>
ARTIST#<artistId>     PAGE                    ArtistPage, with copies of the artist's services
ARTIST#<artistId>     GONE#<serviceId>        mark of a removed service (TTL)
HANDLE#<hash>         OWNER                   Handle: its artist; none while reserved (TTL)
LOOK#<hash>           OWNER                   the same of all handles that look like one
ARTIST#<artistId>     ENTRY                   SearchEntry, as searches show it
ARTIST#<artistId>     FREE                    NextFree: a copy, updated by events
SEARCH#INDEX          CHANGES#<shard>         changes of the search index, an attribute for each: an
                                              artist's page, rating or next free date
SEARCH#INDEX          MANIFEST                Manifest: the segments that make up the index
SEARCH#SEGMENT#<key>  PART                    packed record of a segment; it never changes
PORTFOLIO#<artistId>  WORK#<ulid>             PortfolioItem, with its number of likes
PORTFOLIO#<artistId>  WORKS                   number of portfolio items, and their order
PORTFOLIO#<artistId>  ALBUM#<ulid>            Album, with the ids of its items
PORTFOLIO#<artistId>  ALBUMS                  AlbumOrder: ids of the albums, in order
PERSON#<userId>       FOLLOW#<artistId>       Follow
PERSON#<userId>       FOLLOWS                 number of artists that the user follows
FOLLOWERS#<artistId>  <userId>                null: the user follows the artist
ARTIST#<artistId>     FOLLOWERS               number of followers
ARTIST#<artistId>     ANNOUNCED               Announcement of opened books
LIKES#<itemId>        <userId>                a like; listed in PERSON#<userId>
PERSON#<userId>       BOARD#<boardId>         Board, with the ids of its items
PERSON#<userId>       BOARDS                  number of boards
PERSON#<userId>       REPORT#<subjectId>      id of the user's open report of it (TTL)
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
