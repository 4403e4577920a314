"""DynamoDB table of appointments, and the only modules that talk to it.

pk                     sk                    record
CALENDAR#<artistId>    DAY#<UTC date>        CalendarDay: who is busy when, an attribute for each
                                             entry, lock and external calendar; see `days` (TTL)
CALENDAR#<artistId>    EXTERNAL#<id>         ExternalCalendar: busy times of another program
CALENDAR#<artistId>    HOURS                 Availability: the default schedule
CALENDAR#<artistId>    HOURS#<scheduleId>    Schedule at another place (TTL once its dates are over)
CALENDAR#<artistId>    POLICY#<kind>#*       Terms: a copy of the policy in force, updated by
                                             events; null once it is withdrawn. Its version tells
                                             which of two events is newer
CALENDAR#<artistId>    SERVICE#<serviceId>   Service; in attributes of their own the copies of its
                                             policies, see `policy_copies`
CALENDAR#<artistId>    SOCIAL#<accountId>    ConnectedAccount: versions of the busy times that were
                                             consumed; the times lie in the days
CALENDAR#<artistId>    TALLY#<service>#<p>   null: tally of the bookings that relied on the limit of
                                             a service in the week or month p; its version counts
                                             them (TTL)
CALENDAR#<artistId>    VOUCHER#<code hash>   Voucher: a copy, and the decision about its redemption
APPOINTMENT#<id>       RECORD                Appointment
PROPOSAL#<id>          RECORD                Proposal
WAIT#<id>              RECORD                WaitlistEntry (TTL once it has ended)
FREE#<artistId>        RECORD                NextFree: the artist's next free date
AGREED#<digest>        RECORD                terms that records are bound to, named by their digest
CONSULTATION#<id>      RECORD                ConsultationCopy: updated by events, and written with
                                             every proposal that names it (TTL once it has ended)
FEED#<token hash>      RECORD                user id: the owner of the feed with this token
PERSON#<userId>        FEED                  hash of the token of the user's feed
PERSON#<userId>        BANK                  BankDetails: where deposits are paid to
PERSON#<userId>        PLACES                ClientWaitlists: the waitlists the user is on
PERSON#<userId>        PROFILE               Person: a copy of the user, updated by events; null
                                             (TTL) once the account was deleted
PERSON#<clientId>      ARTIST#<artistId>     Relation of the artist and the client
FILE#<id>              RECORD                File: a copy of a clean file, updated by events; it has
                                             no owner (TTL) once the file was removed
ERASURE#<userId>       RECORD                Erasure of a deleted account
ONCE#<eventId>         RECORD                null: mark of an event to be published once (TTL)
OUTBOX#<shard>         <eventId>             OutboxItem: an event to be published, until it is

A calendar is read in parts, and only those that are asked for: one query reads schedules,
external calendars and general policies, which lie next to each other; services are read by their
ids with their policies; one query reads each run of consecutive days.

Indexes: `by-artist` and `by-client` list the records of two people by `listed_as`, and of waitlist
entries only those that are active; `by-artist` also lists relations. `by-due` holds what has to be
processed at some time; external calendars have partitions of their own there, so that many of them
do not hold up the rest. It is cut into shards by the artist, or by the user whose data is erased.
"""

from appointments.store.agreed_terms import save_none as save_no_terms
from appointments.store.bank_details import (
    delete_bank_details,
    find_bank_details,
    save_bank_details,
)
from appointments.store.calendars import (
    find_availability,
    find_external_calendar,
    find_schedule,
    find_service,
    list_external_calendars,
    list_services,
    read_calendar,
    read_catalogue,
    read_days,
    read_tallies,
    read_timetable,
)
from appointments.store.connected_accounts import (
    delete_connected_busy_times,
    find_connected_account,
    list_connected_accounts,
    save_connected_account,
    save_connected_busy_times,
)
from appointments.store.due import decode_due, list_due_calendars, list_due_records, postpone
from appointments.store.erasures import (
    delete_artist_data,
    delete_erasure,
    delete_person_data,
    find_erasure,
    save_erasure,
)
from appointments.store.external_busy import delete_busy_times, save_busy_times
from appointments.store.feeds import find_feed_owner, find_feed_token_hash, replace_feed
from appointments.store.files import find_owners, remove_file, save_file
from appointments.store.next_free import find_next_free, save_next_free
from appointments.store.people import (
    find_people,
    find_person,
    mark_deleted,
    save_person,
)
from appointments.store.policy_copies import save_terms, withdraw_terms
from appointments.store.records import (
    find_appointment,
    find_appointments,
    find_consultation,
    find_proposal,
    find_waitlist_entry,
    get_client_waitlists,
    list_records,
)
from appointments.store.relations import (
    delete_artist_relations,
    find_relation,
    find_relation_and_person,
    find_relations,
    save_relation,
)
from appointments.store.shown_calendars import read_shown_catalogue, read_shown_days
from appointments.store.table import ping
from appointments.store.transactions import commit, publish_once
from appointments.store.vouchers import find_voucher

__all__ = [
    "commit",
    "decode_due",
    "delete_artist_data",
    "delete_artist_relations",
    "delete_bank_details",
    "delete_busy_times",
    "delete_connected_busy_times",
    "delete_erasure",
    "delete_person_data",
    "find_appointment",
    "find_appointments",
    "find_availability",
    "find_bank_details",
    "find_connected_account",
    "find_consultation",
    "find_erasure",
    "find_external_calendar",
    "find_feed_owner",
    "find_feed_token_hash",
    "find_next_free",
    "find_owners",
    "find_people",
    "find_person",
    "find_proposal",
    "find_relation",
    "find_relation_and_person",
    "find_relations",
    "find_schedule",
    "find_service",
    "find_voucher",
    "find_waitlist_entry",
    "get_client_waitlists",
    "list_connected_accounts",
    "list_due_calendars",
    "list_due_records",
    "list_external_calendars",
    "list_records",
    "list_services",
    "mark_deleted",
    "ping",
    "postpone",
    "publish_once",
    "read_calendar",
    "read_catalogue",
    "read_days",
    "read_shown_catalogue",
    "read_shown_days",
    "read_tallies",
    "read_timetable",
    "remove_file",
    "replace_feed",
    "save_bank_details",
    "save_busy_times",
    "save_connected_account",
    "save_connected_busy_times",
    "save_erasure",
    "save_file",
    "save_next_free",
    "save_no_terms",
    "save_person",
    "save_relation",
    "save_terms",
    "withdraw_terms",
]
