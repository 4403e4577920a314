"""Routes, WebSocket handlers and triggers of messaging."""

from typing import Any

from chalice.app import CloudWatchEvent, Rate, Request, SQSEvent

from domain.errors import (
    Blocked,
    Forbidden,
    GuestConversation,
    InvalidFields,
    NotFound,
    SessionEnded,
)
from domain.step_up import StepUpRequired
from domain.types import ConversationId, MessageId
from messaging import consumers, events, store
from messaging.live import connect as live_connect
from messaging.live import frames, handlers, tickets
from messaging.models import Connection
from messaging.rules.errors import (
    AlreadySent,
    ClientMessageIdReused,
    InvalidJoinCode,
    LiveUnavailable,
    MessageDeleted,
    MessageHidden,
    NoAccount,
    NotAGuest,
    NotHidden,
    NotHideable,
    OwnContent,
    PersonGone,
    ProtectedAccount,
    ReplyWindowClosed,
    ReportClosed,
    TooLate,
    TooManyEdits,
    TooManyLabels,
    TooManyPins,
    TooManyReactions,
    TooManyScheduled,
)
from messaging.schemas import (
    AwayMessageRequest,
    AwayMessageView,
    ChangeScheduledRequest,
    ConversationExport,
    ConversationExportQuery,
    ConversationList,
    ConversationListQuery,
    ConversationView,
    DeleteDraftQuery,
    DraftView,
    EditMessageRequest,
    Emoji,
    JoinGuestRequest,
    JoinRequestView,
    LabelConversationRequest,
    LabelId,
    LabelList,
    LabelRequest,
    LabelView,
    LinkPreviewSettings,
    MarkDeliveredRequest,
    MarkReadRequest,
    MessageList,
    MessageListQuery,
    MessageSearchQuery,
    MessageSearchResults,
    MessageVersionList,
    MessageView,
    MessagingSettingsRequest,
    MessagingSettingsView,
    MuteConversationRequest,
    OpenConversationRequest,
    PinMessageRequest,
    PinnedMessageList,
    ReportConversationRequest,
    ReportId,
    ReportList,
    ReportListQuery,
    ReportReasonRequest,
    ReportReceipt,
    ReportView,
    SaveDraftRequest,
    ScheduledId,
    ScheduledList,
    ScheduledView,
    ScheduleMessageRequest,
    SearchResults,
    SendMessageRequest,
    StarList,
    StarListQuery,
    SuspendRequest,
    TicketView,
    UnreadMessageCount,
    WarnRequest,
)
from messaging.store import inbox as inbox_store
from messaging.use_cases import (
    away_messages,
    conversations,
    delivery,
    drafts,
    edits,
    erasure,
    guest_joining,
    imports,
    inbox,
    labels,
    link_previews,
    member_actions,
    message_search,
    messages,
    person_copies,
    pins,
    queries,
    reactions,
    rebuilding,
    receipts,
    report_decisions,
    reports,
    response_times,
    scheduled_messages,
    settings,
    stars,
    unpublished,
)
from messaging.use_cases.rebuilding import RebuildRequest, Rebuilt
from messaging.use_cases.unpublished import (
    RepublishedConversations,
    RepublishRequest,
    UnpublishedList,
    UnpublishedQuery,
)
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.data.mongodb_indexes import EnsuredIndexes, EnsureIndexesRequest
from shared.data.person_copies import CopiesPageQuery, PersonCopies
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role, Scope, expiry_of
from shared.http.operations import TypedResponse
from shared.live.websockets import Handshake
from shared.platform import clock

app = FeatureApp(
    "messaging",
    ready={"mongo": store.ping, "sqs": delivery.ping},
    services=("ssm", "sqs"),
    worker_services=("ssm",),
)
app.publishes(*events.PUBLISHED)
app.health_route()

CONVERSATIONS = "/v1/messages/conversations"
CONVERSATION = f"{CONVERSATIONS}/{{id}}"
MESSAGES = f"{CONVERSATION}/messages"
MESSAGE = f"{MESSAGES}/{{message}}"
REPORTS = "/v1/messages/reports"
REPORT = f"{REPORTS}/{{id}}"


# ---- conversations -----------------------------------------------------------------------------


@app.route(
    CONVERSATIONS,
    methods=["POST"],
    scope=Scope.MESSAGES,
    status=201,
    repeat_status=200,
    response_headers=("Location",),
    errors=(Forbidden, Blocked, PersonGone, SessionEnded),
)
def open_conversation(
    caller: Caller, body: OpenConversationRequest
) -> TypedResponse[ConversationView]:
    """Open the conversation with an artist or, as an artist, with a client.

    A pair has one conversation: where it exists already, it is returned with 200.
    """
    conversation, is_new = conversations.open_for_caller(caller, body, clock.now())
    return TypedResponse(
        conversation, {"location": f"conversations/{conversation.id}"}, 201 if is_new else 200
    )


@app.route(CONVERSATIONS, methods=["GET"], scope=Scope.MESSAGES)
def list_conversations(caller: Caller, query: ConversationListQuery) -> ConversationList:
    """List the caller's conversations, the most recently active first.

    Without filters, these are all that are not in the caller's archive. Last message and unread
    count cover delivered messages. A conversation that becomes active while the list is read moves
    to its first page.
    """
    return conversations.list_for_caller(caller, query, clock.now())


@app.route(CONVERSATION, methods=["GET"], scope=Scope.MESSAGES, errors=(NotFound,))
def get_conversation(caller: Caller, id: ConversationId) -> ConversationView:
    """Get a conversation."""
    return conversations.get(caller, id, clock.now())


@app.route("/v1/messages/unread", methods=["GET"], scope=Scope.MESSAGES)
def count_unread_messages(caller: Caller) -> UnreadMessageCount:
    """Count the caller's unread messages, over all conversations."""
    return conversations.count_unread(caller, clock.now())


# ---- messages ----------------------------------------------------------------------------------


@app.route(MESSAGES, methods=["GET"], scope=Scope.MESSAGES, errors=(NotFound,))
def list_messages(caller: Caller, id: ConversationId, query: MessageListQuery) -> MessageList:
    """List messages of a conversation: the newest, or those around a position.

    To catch up, send the highest revision you have seen as `changedAfter`: the page then holds new
    messages as well as changed ones. `after` finds new messages only. Having caught up, the device
    has received everything, and the delivered cursor moves.
    """
    return queries.list_messages(caller, id, query, clock.now())


@app.route(
    MESSAGES,
    methods=["POST"],
    scope=Scope.MESSAGES,
    status=201,
    repeat_status=200,
    response_headers=("Location",),
    errors=(
        NotFound,
        Blocked,
        PersonGone,
        ReplyWindowClosed,
        ClientMessageIdReused,
        GuestConversation,
    ),
)
def send_message(
    caller: Caller, id: ConversationId, body: SendMessageRequest
) -> TypedResponse[MessageView]:
    """Send a message.

    Sending the same `clientMessageId` and body again posts nothing and returns the message with
    200. A message to a guest is sent to the platform too, as long as that takes replies; the 409
    `reply_window_closed` says with `reason` and `until` why and since when it does not. A guest is
    not shown what a message replies to, so `replyTo` is a 409 `guest_conversation` there.
    """
    result = messages.send(caller, id, body, clock.now())
    location = f"messages/{result.message.id}"
    return TypedResponse(result.message, {"location": location}, 201 if result.is_new else 200)


@app.route(
    MESSAGE,
    methods=["PATCH"],
    scope=Scope.MESSAGES,
    errors=(
        NotFound,
        Forbidden,
        Blocked,
        PersonGone,
        MessageDeleted,
        MessageHidden,
        GuestConversation,
        TooLate,
        TooManyEdits,
    ),
)
def update_message(
    caller: Caller, id: ConversationId, message: MessageId, body: EditMessageRequest
) -> MessageView:
    """Edit the text of the caller's own message, within 15 minutes and at most 20 times.

    Both members can read what it said before.
    An assistant edits what they sent themselves; their artist, whatever was sent for them.
    """
    return edits.edit(caller, id, message, body, clock.now())


@app.route(
    MESSAGE,
    methods=["DELETE"],
    scope=Scope.MESSAGES,
    status=204,
    errors=(NotFound, Forbidden, TooLate),
)
def delete_message(caller: Caller, id: ConversationId, message: MessageId) -> None:
    """Delete the caller's own message for both members, within 24 hours.

    The message stays at its position without content. An assistant deletes what they sent
    themselves; their artist, whatever was sent for them.
    """
    edits.delete(caller, id, message, clock.now())


@app.route(f"{MESSAGE}/versions", methods=["GET"], scope=Scope.MESSAGES, errors=(NotFound,))
def list_message_versions(
    caller: Caller, id: ConversationId, message: MessageId
) -> MessageVersionList:
    """List what a message said before each edit, the oldest first.

    Both members see it, until the message is deleted.
    """
    return edits.list_versions(caller, id, message)


@app.route(
    f"{MESSAGE}/reactions/{{emoji}}",
    methods=["PUT"],
    scope=Scope.MESSAGES,
    errors=(
        NotFound,
        InvalidFields,
        Blocked,
        PersonGone,
        GuestConversation,
        MessageDeleted,
        MessageHidden,
        TooManyReactions,
    ),
)
def add_reaction(
    caller: Caller, id: ConversationId, message: MessageId, emoji: Emoji
) -> MessageView:
    """React to a message with an emoji.

    A member can react with several. The other member sees it at once, and is not notified.
    """
    return reactions.add(caller, id, message, emoji, clock.now())


@app.route(
    f"{MESSAGE}/reactions/{{emoji}}",
    methods=["DELETE"],
    status=204,
    scope=Scope.MESSAGES,
    errors=(NotFound, InvalidFields),
)
def remove_reaction(caller: Caller, id: ConversationId, message: MessageId, emoji: Emoji) -> None:
    """Remove the caller's reaction to a message."""
    reactions.remove(caller, id, message, emoji, clock.now())


@app.route(
    f"{MESSAGE}/pin",
    methods=["PUT"],
    scope=Scope.MESSAGES,
    errors=(
        NotFound,
        Blocked,
        PersonGone,
        GuestConversation,
        MessageDeleted,
        MessageHidden,
        TooManyPins,
    ),
)
def add_message_pin(caller: Caller, id: ConversationId, message: MessageId) -> MessageView:
    """Pin a message to the top of the conversation, for both members."""
    return pins.add(caller, id, message, clock.now())


@app.route(
    f"{MESSAGE}/pin", methods=["DELETE"], status=204, scope=Scope.MESSAGES, errors=(NotFound,)
)
def remove_message_pin(caller: Caller, id: ConversationId, message: MessageId) -> None:
    """Unpin a message, whoever of the two members pinned it."""
    pins.remove(caller, id, message, clock.now())


@app.route(f"{CONVERSATION}/pins", methods=["GET"], scope=Scope.MESSAGES, errors=(NotFound,))
def list_pinned_messages(caller: Caller, id: ConversationId) -> PinnedMessageList:
    """List the pinned messages of a conversation, the one that was pinned last first.

    The card of a consultation that the artist pinned is `pinned` of the conversation.
    """
    return pins.list_all(caller, id)


@app.route(
    f"{MESSAGE}/star",
    methods=["PUT"],
    status=204,
    errors=(NotFound, MessageDeleted, MessageHidden),
)
def star_message(caller: Caller, id: ConversationId, message: MessageId) -> None:
    """Star a message, for the caller alone."""
    stars.add(caller, id, message, clock.now())


@app.route(f"{MESSAGE}/star", methods=["DELETE"], status=204, errors=(NotFound,))
def unstar_message(caller: Caller, id: ConversationId, message: MessageId) -> None:
    """Remove the caller's star of a message."""
    stars.remove(caller, id, message, clock.now())


@app.route("/v1/messages/stars", methods=["GET"], errors=(NotFound,))
def list_stars(caller: Caller, query: StarListQuery) -> StarList:
    """List the messages that the caller has starred, in all conversations or in one.

    The newest star comes first. A device that missed frames reads the list again.
    """
    return stars.list_for_caller(caller, query)


@app.route(
    f"{MESSAGE}/preview",
    methods=["DELETE"],
    scope=Scope.MESSAGES,
    status=204,
    errors=(NotFound, Forbidden),
)
def delete_link_preview(caller: Caller, id: ConversationId, message: MessageId) -> None:
    """Remove the preview of a link from the caller's own message, for both members.

    It does not come back. Removing it again changes nothing.
    """
    link_previews.remove(caller, id, message, clock.now())


@app.route(f"{CONVERSATION}/search", methods=["GET"], scope=Scope.MESSAGES, errors=(NotFound,))
def search_messages(
    caller: Caller, id: ConversationId, query: MessageSearchQuery
) -> MessageSearchResults:
    """Search a conversation for messages that hold every word of `q`, the newest first.

    A word is found by its beginning too. A page may hold less than was found where words are
    frequent, but rarely in one message; `nextCursor` leads on from there.
    """
    return message_search.search_conversation(caller, id, query)


@app.route("/v1/messages/search", methods=["GET"], scope=Scope.MESSAGES)
def search_all_messages(caller: Caller, query: MessageSearchQuery) -> SearchResults:
    """Search all of the caller's conversations.

    It finds messages that hold every word of `q`, the newest first, and on its first page also
    conversations by the name of the other member.
    """
    return message_search.search_all(caller, query, clock.now())


@app.route(f"{CONVERSATION}/export", methods=["GET"], errors=(NotFound,))
def export_conversation(
    caller: Caller, id: ConversationId, query: ConversationExportQuery
) -> ConversationExport:
    """Export a whole conversation from its beginning, page by page."""
    return queries.export(caller, id, query, clock.now())


# ---- actions of a member -----------------------------------------------------------------------


@app.route(
    f"{CONVERSATION}/read", methods=["PUT"], scope=Scope.MESSAGES, status=204, errors=(NotFound,)
)
def mark_conversation_read(caller: Caller, id: ConversationId, body: MarkReadRequest) -> None:
    """Mark a conversation as read up to a message.

    The read cursor only moves forward; an earlier message changes nothing.
    """
    member_actions.mark_read(caller, id, body.sequence, clock.now())


@app.route(
    f"{CONVERSATION}/delivered",
    methods=["PUT"],
    scope=Scope.MESSAGES,
    status=204,
    errors=(NotFound,),
)
def mark_conversation_delivered(
    caller: Caller, id: ConversationId, body: MarkDeliveredRequest
) -> None:
    """Acknowledge that a device of the caller has received the messages up to one.

    The delivered cursor only moves forward; an earlier message changes nothing.
    """
    receipts.mark_delivered(caller, id, body.sequence, clock.now())


@app.route(
    f"{CONVERSATION}/typing",
    methods=["POST"],
    scope=Scope.MESSAGES,
    status=204,
    idempotent=False,
    errors=(NotFound, Blocked, PersonGone),
)
def show_typing(caller: Caller, id: ConversationId) -> None:
    """Show the other member that the caller is typing."""
    member_actions.show_typing(caller, id, clock.now())


@app.route(
    f"{CONVERSATION}/pin",
    methods=["PUT"],
    roles=(Role.ARTIST,),
    errors=(NotFound, GuestConversation),
)
def pin_message(caller: Caller, id: ConversationId, body: PinMessageRequest) -> ConversationView:
    """Pin the card of a consultation to the top of a conversation, instead of any other."""
    return member_actions.pin(caller, id, body.message_id, clock.now())


@app.route(
    f"{CONVERSATION}/pin",
    methods=["DELETE"],
    status=204,
    roles=(Role.ARTIST,),
    errors=(NotFound,),
)
def unpin_message(caller: Caller, id: ConversationId) -> None:
    """Unpin the card of a conversation."""
    member_actions.unpin(caller, id)


@app.route(f"{CONVERSATION}/mute", methods=["PUT"], errors=(NotFound,))
def mute_conversation(
    caller: Caller, id: ConversationId, body: MuteConversationRequest
) -> ConversationView:
    """Mute the notifications of a conversation, for good or until a time."""
    return member_actions.mute(caller, id, body, clock.now())


@app.route(f"{CONVERSATION}/mute", methods=["DELETE"], status=204, errors=(NotFound,))
def unmute_conversation(caller: Caller, id: ConversationId) -> None:
    """Unmute the notifications of a conversation."""
    member_actions.unmute(caller, id)


@app.route(f"{CONVERSATION}/block", methods=["PUT"], errors=(NotFound,))
def block_conversation(caller: Caller, id: ConversationId) -> ConversationView:
    """Block the other member of a conversation.

    Neither of the two can write to the other until the block is removed. Both can still read.
    """
    return member_actions.block(caller, id, clock.now())


@app.route(f"{CONVERSATION}/block", methods=["DELETE"], status=204, errors=(NotFound,))
def unblock_conversation(caller: Caller, id: ConversationId) -> None:
    """Unblock the other member of a conversation.

    Only the caller's own block is removed.
    """
    member_actions.unblock(caller, id, clock.now())


@app.route(f"{CONVERSATION}/report", methods=["POST"], status=201, errors=(NotFound,))
def report_conversation(
    caller: Caller, id: ConversationId, body: ReportConversationRequest
) -> ReportReceipt:
    """Report the other member to the admins, for a message or for the conversation."""
    return reports.create(caller, id, body, clock.now())


# ---- inbox -------------------------------------------------------------------------------------


@app.route(f"{CONVERSATION}/unread", methods=["PUT"], scope=Scope.MESSAGES, errors=(NotFound,))
def mark_conversation_unread(caller: Caller, id: ConversationId) -> ConversationView:
    """Mark a conversation as unread, until it is opened.

    It counts as at least one unread message. `PUT …/read` and showing the conversation on a device
    remove the mark.
    """
    return inbox.mark_unread(caller, id, clock.now())


@app.route(
    f"{CONVERSATION}/unread",
    methods=["DELETE"],
    scope=Scope.MESSAGES,
    status=204,
    errors=(NotFound,),
)
def unmark_conversation_unread(caller: Caller, id: ConversationId) -> None:
    """Remove the mark that a conversation is unread. Unread messages stay unread."""
    inbox.unmark(caller, id, clock.now())


@app.route(f"{CONVERSATION}/archive", methods=["PUT"], scope=Scope.MESSAGES, errors=(NotFound,))
def archive_conversation(caller: Caller, id: ConversationId) -> ConversationView:
    """Move a conversation to the caller's archive.

    A new message brings it back, unless the caller has muted it; so does what they write
    themselves.
    """
    return inbox.archive(caller, id, clock.now())


@app.route(
    f"{CONVERSATION}/archive",
    methods=["DELETE"],
    scope=Scope.MESSAGES,
    status=204,
    errors=(NotFound,),
)
def unarchive_conversation(caller: Caller, id: ConversationId) -> None:
    """Bring a conversation back from the caller's archive."""
    inbox.unarchive(caller, id, clock.now())


@app.route(f"{CONVERSATION}/labels", methods=["PUT"], scope=Scope.MESSAGES, errors=(NotFound,))
def label_conversation(
    caller: Caller, id: ConversationId, body: LabelConversationRequest
) -> ConversationView:
    """Give a conversation up to five of the caller's labels, instead of any others."""
    return inbox.label(caller, id, body, clock.now())


@app.route("/v1/messages/labels", methods=["GET"], scope=Scope.MESSAGES)
def list_labels(caller: Caller) -> LabelList:
    """List the caller's labels, in the order in which they were made."""
    return labels.list_all(caller)


@app.route("/v1/messages/labels/{id}", methods=["PUT"], errors=(TooManyLabels, SessionEnded))
def save_label(caller: Caller, id: LabelId, body: LabelRequest) -> LabelView:
    """Create a label, or change the one that has this id.

    The device chooses the id, `lbl_` and a ULID, so that a repeated request makes no second label.
    A user has up to 20 labels, each with a name of its own.
    """
    return labels.save(caller, id, body, clock.now())


@app.route("/v1/messages/labels/{id}", methods=["DELETE"], status=204, errors=(NotFound,))
def delete_label(caller: Caller, id: LabelId) -> None:
    """Delete a label, and take it from all conversations that have it."""
    labels.delete(caller, id, clock.now())


# ---- drafts and scheduled messages --------------------------------------------------------------


@app.route(f"{CONVERSATION}/draft", methods=["GET"], errors=(NotFound,))
def get_draft(caller: Caller, id: ConversationId) -> DraftView:
    """Get what the caller has begun to write in a conversation."""
    return drafts.get(caller, id)


@app.route(f"{CONVERSATION}/draft", methods=["PUT"], errors=(NotFound,))
def save_draft(caller: Caller, id: ConversationId, body: SaveDraftRequest) -> DraftView:
    """Save what the caller has begun to write, for their other devices.

    The latest edit wins, by `editedAt`; the response is what is saved then. Sending a message ends
    the draft.
    """
    return drafts.save(caller, id, body, clock.now())


@app.route(f"{CONVERSATION}/draft", methods=["DELETE"], status=204, errors=(NotFound,))
def delete_draft(caller: Caller, id: ConversationId, query: DeleteDraftQuery) -> None:
    """Delete the caller's draft in a conversation, unless it was edited later."""
    drafts.delete(caller, id, query.edited_at, clock.now())


@app.route(
    f"{CONVERSATION}/scheduled",
    methods=["POST"],
    status=201,
    repeat_status=200,
    response_headers=("Location",),
    errors=(
        NotFound,
        Blocked,
        PersonGone,
        ClientMessageIdReused,
        TooManyScheduled,
        GuestConversation,
    ),
)
def schedule_message(
    caller: Caller, id: ConversationId, body: ScheduleMessageRequest
) -> TypedResponse[ScheduledView]:
    """Schedule a message, to be sent at an instant.

    It is sent once, under its `clientMessageId`. Blocks, deleted accounts, attachments and the
    reply window of a guest are checked when it is sent; what forbids it then is its `reason`.
    """
    scheduled, is_new = scheduled_messages.schedule(caller, id, body, clock.now())
    location = {"location": f"/v1/messages/scheduled/{scheduled.id}"}
    return TypedResponse(scheduled, location, 201 if is_new else 200)


@app.route("/v1/messages/scheduled", methods=["GET"])
def list_scheduled_messages(caller: Caller) -> ScheduledList:
    """List the caller's scheduled messages of all conversations, by their times.

    Those that were refused are among them until they are changed or cancelled.
    """
    return scheduled_messages.list_open(caller)


@app.route("/v1/messages/scheduled/{id}", methods=["GET"], errors=(NotFound,))
def get_scheduled_message(caller: Caller, id: ScheduledId) -> ScheduledView:
    """Get a scheduled message. One that was sent can be read for seven days."""
    return scheduled_messages.get(caller, id)


@app.route("/v1/messages/scheduled/{id}", methods=["PATCH"], errors=(NotFound, AlreadySent))
def change_scheduled_message(
    caller: Caller, id: ScheduledId, body: ChangeScheduledRequest
) -> ScheduledView:
    """Change the text, the attachments or the time of a scheduled message.

    One that was refused is scheduled again.
    """
    return scheduled_messages.change(caller, id, body, clock.now())


@app.route(
    "/v1/messages/scheduled/{id}", methods=["DELETE"], status=204, errors=(NotFound, AlreadySent)
)
def cancel_scheduled_message(caller: Caller, id: ScheduledId) -> None:
    """Cancel a scheduled message."""
    scheduled_messages.cancel(caller, id, clock.now())


@app.route(
    "/v1/messages/scheduled/{id}/send",
    methods=["POST"],
    errors=(
        NotFound,
        AlreadySent,
        Blocked,
        PersonGone,
        ReplyWindowClosed,
        ClientMessageIdReused,
        GuestConversation,
    ),
)
def send_scheduled_message(caller: Caller, id: ScheduledId) -> ScheduledView:
    """Send a scheduled message now. Doing so again sends nothing."""
    return scheduled_messages.send_now(caller, id, clock.now())


# ---- guests ------------------------------------------------------------------------------------


@app.route(
    f"{CONVERSATION}/join-requests",
    methods=["POST"],
    status=201,
    roles=(Role.ARTIST,),
    idempotent=False,
    errors=(NotFound, Blocked, NotAGuest, ReplyWindowClosed),
)
def request_join(caller: Caller, id: ConversationId) -> JoinRequestView:
    """Ask a guest to join with an account.

    A code goes to the guest at the platform, in place of any earlier one. It is not part of the
    conversation. Whoever enters it, signed in as a client, within 30 minutes, joins: the messages
    of the guest, and what they write later, then belong to the conversation with that client.
    """
    return guest_joining.request(caller, id, clock.now())


@app.route(
    "/v1/messages/guests/join",
    methods=["POST"],
    roles=(Role.CLIENT,),
    errors=(InvalidJoinCode, Blocked, PersonGone, SessionEnded),
)
def join_guest(caller: Caller, body: JoinGuestRequest) -> ConversationView:
    """Join the guest who received a code with the caller's account.

    What they wrote and received as a guest becomes part of the caller's conversation with the
    artist, which is returned. A code joins once, and a user has ten attempts in 15 minutes.
    """
    return guest_joining.join(caller, body, clock.now())


# ---- reports and settings ----------------------------------------------------------------------


@app.route(REPORTS, methods=["GET"], roles=(Role.ADMIN,))
def list_reports(query: ReportListQuery) -> ReportList:
    """List reports of messages, pages, portfolio items and reviews, the oldest first."""
    return reports.list_all(query)


@app.route(REPORT, methods=["GET"], roles=(Role.ADMIN,), errors=(NotFound,))
def get_report(id: ReportId) -> ReportView:
    """Get a report."""
    return reports.get(id)


@app.route(f"{REPORT}/close", methods=["POST"], roles=(Role.ADMIN,), errors=(NotFound, OwnContent))
def close_report(caller: Caller, id: ReportId) -> ReportView:
    """Close a report that was looked into, without saying why.

    The reporter is notified that it was. A closed report is deleted after 180 days. Closing it
    again changes nothing.
    """
    return report_decisions.close(caller, id, clock.now())


@app.route(
    f"{REPORT}/dismiss",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(NotFound, OwnContent, ReportClosed),
)
def dismiss_report(caller: Caller, id: ReportId, body: ReportReasonRequest) -> ReportView:
    """Dismiss a report: nothing follows from it.

    The reporter is notified that it was looked into.
    """
    return report_decisions.dismiss(caller, id, body, clock.now())


@app.route(
    f"{REPORT}/warn",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(NotFound, OwnContent, ReportClosed, NoAccount, NotHideable),
)
def warn_reported_user(caller: Caller, id: ReportId, body: WarnRequest) -> ReportView:
    """Warn the reported user, who is notified of a text, and close the report.

    With `hide`, the content is hidden as well. The reporter is notified that something was done,
    and not of what.
    """
    return report_decisions.warn(caller, id, body, clock.now())


@app.route(
    f"{REPORT}/hide",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(NotFound, OwnContent, ReportClosed, NotHideable),
)
def hide_reported_content(caller: Caller, id: ReportId, body: ReportReasonRequest) -> ReportView:
    """Hide the reported content from all but its author, and close the report.

    The author still sees it, with the reason, and is notified. `show` reverses it.
    """
    return report_decisions.hide(caller, id, body, clock.now())


@app.route(
    f"{REPORT}/show",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(NotFound, OwnContent, NotHidden),
)
def show_reported_content(caller: Caller, id: ReportId, body: ReportReasonRequest) -> ReportView:
    """Show again what was hidden because of a report."""
    return report_decisions.show(caller, id, body, clock.now())


@app.route(
    f"{REPORT}/suspend",
    methods=["POST"],
    roles=(Role.ADMIN,),
    errors=(
        StepUpRequired,
        NotFound,
        OwnContent,
        ReportClosed,
        NoAccount,
        ProtectedAccount,
        NotHideable,
    ),
)
def suspend_reported_user(caller: Caller, id: ReportId, body: SuspendRequest) -> ReportView:
    """Suspend the reported user, and close the report.

    The account is banned within seconds, as by `POST /v1/admin/users/{id}/ban`: its sessions end,
    and it cannot sign in. `decision.suspension.state` shows whether that was done. With `until`,
    the ban is lifted then. The user is mailed the text.
    """
    return report_decisions.suspend(caller, id, body, clock.now())


@app.route("/v1/messages/settings", methods=["GET"], roles=(Role.ARTIST,))
def get_messaging_settings(caller: Caller) -> MessagingSettingsView:
    """Get the artist's messaging settings."""
    return settings.get(caller)


@app.route("/v1/messages/settings", methods=["PUT"], roles=(Role.ARTIST,), errors=(SessionEnded,))
def replace_messaging_settings(
    caller: Caller, body: MessagingSettingsRequest
) -> MessagingSettingsView:
    """Replace the artist's messaging settings."""
    return settings.replace(caller, body)


@app.route("/v1/messages/away", methods=["GET"], roles=(Role.ARTIST,))
def get_away_message(caller: Caller) -> AwayMessageView:
    """Get the artist's away message, and whether they are away now."""
    return away_messages.get(caller, clock.now())


@app.route("/v1/messages/away", methods=["PUT"], roles=(Role.ARTIST,), errors=(SessionEnded,))
def replace_away_message(caller: Caller, body: AwayMessageRequest) -> AwayMessageView:
    """Replace the artist's away message.

    Whoever writes outside of the artist's opening hours, or in their time off, receives it once in
    each such period.
    """
    return away_messages.replace(caller, body, clock.now())


@app.route("/v1/messages/link-previews", methods=["GET"])
def get_link_preview_settings(caller: Caller) -> LinkPreviewSettings:
    """Get whether links that the caller sends get previews."""
    return link_previews.get_settings(caller)


@app.route("/v1/messages/link-previews", methods=["PUT"], errors=(SessionEnded,))
def replace_link_preview_settings(caller: Caller, body: LinkPreviewSettings) -> LinkPreviewSettings:
    """Switch previews of links that the caller sends on or off.

    Messages that were sent before keep theirs.
    """
    return link_previews.replace_settings(caller, body)


# ---- WebSocket ---------------------------------------------------------------------------------


@app.route(
    "/v1/messages/tickets",
    methods=["POST"],
    scope=Scope.MESSAGES,
    status=201,
    idempotent=False,
    errors=(LiveUnavailable,),
)
def create_websocket_ticket(caller: Caller, request: Request) -> TicketView:
    """Create a ticket that opens a WebSocket once, within a minute.

    Where the environment has no WebSocket, the response is 501: list messages with `changedAfter`
    every few seconds instead.
    """
    return tickets.issue(caller, expiry_of(request.context["authorizer"]), clock.now())


@app.sockets.on_connect
def connect(handshake: Handshake) -> str | None:
    """Open a connection by ticket, subprotocol or Authorization header."""
    return live_connect.open_connection(handshake, clock.now())


def admit_frame(connection_id: str) -> Connection:
    """Return the connection of a frame, which decides on whose behalf it is handled."""
    return live_connect.admit_frame(connection_id, clock.now())


frame = app.sockets.on_frames(admit_frame)


@app.sockets.on_frame
def handle_ping(
    connection: Connection,
    frame: frames.PingFrame,  # noqa: ARG001
) -> frames.PongFrame:
    """Answer a ping."""
    return handlers.answer_ping(connection)


@app.sockets.on_frame
def handle_subscribe(
    connection: Connection, frame: frames.SubscribeFrame
) -> frames.SubscribedFrame:
    """Show a conversation on this device."""
    return handlers.subscribe(connection, frame, clock.now())


@app.sockets.on_frame
def handle_unsubscribe(connection: Connection, frame: frames.UnsubscribeFrame) -> None:
    """Stop showing a conversation on this device."""
    handlers.unsubscribe(connection, frame)


@app.sockets.on_frame
def handle_message(connection: Connection, frame: frames.MessageFrame) -> frames.SentFrame:
    """Send a message."""
    return handlers.send(connection, frame, clock.now())


@app.sockets.on_frame
def handle_read(connection: Connection, frame: frames.ReadFrame) -> None:
    """Mark a conversation as read up to a message."""
    handlers.mark_read(connection, frame, clock.now())


@app.sockets.on_frame
def handle_delivered(connection: Connection, frame: frames.DeliveredFrame) -> None:
    """Acknowledge the messages of a conversation up to one."""
    handlers.mark_delivered(connection, frame, clock.now())


@app.sockets.on_frame
def handle_typing(connection: Connection, frame: frames.TypingFrame) -> None:
    """Show the other member that this one is typing."""
    handlers.show_typing(connection, frame, clock.now())


@app.sockets.on_frame
def handle_renew(connection: Connection, frame: frames.RenewFrame) -> frames.RenewedFrame:
    """Extend the connection by a newer token."""
    return handlers.renew(connection, frame, clock.now())


@app.sockets.on_disconnect
def disconnect(connection_id: str) -> None:
    """Delete the record of a closed connection."""
    live_connect.handle_disconnect(connection_id, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_sqs_message(queue=delivery.QUEUE, batch_size=10)
def delivery_worker(batch: SQSEvent) -> dict[str, Any]:
    """Deliver messages and publish events."""

    def handle(job: delivery.DeliveryJob) -> None:
        if job.report_id is not None:
            report_decisions.publish(job.report_id, clock.now())
        else:
            delivery.deliver(job, clock.now(), away_messages.answer)

    return queues.consume(
        batch,
        delivery.QUEUE,
        delivery.DeliveryJob,
        handle,
        delivery.RETRY_SECONDS,
        needed_seconds=delivery.NEEDED_SECONDS,
    )


@app.on_domain_events(*consumers.HANDLERS, needed_seconds=link_previews.NEEDED_SECONDS)
def events_worker(event: DomainEvent) -> None:
    """Consume other features' events."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:  # noqa: ARG001
    """Enqueue overdue deliveries and send scheduled messages.

    Close expired connections; complete erasures and joins. Refresh response times. Publish
    decisions about reports, and the ends of suspensions.
    """
    delivery.sweep(clock.now())
    erasure.run_due(clock.now())
    live_connect.close_expired(clock.now())
    scheduled_messages.send_due(clock.now())
    response_times.refresh_due(clock.now())
    guest_joining.settle_due(clock.now())
    report_decisions.sweep(clock.now())


@app.operator_function()
def ensure_indexes(request: EnsureIndexesRequest) -> EnsuredIndexes:  # noqa: ARG001
    """Create the indexes of the database that are missing. Every deployment ends with it.

    With the indexes of the inbox and of search, the conversations and messages of earlier versions
    get what these are about.
    """
    ensured = store.ensure_indexes()
    if any(store.VIEWS in name for name in ensured.created):
        inbox_store.add_views()
    if any(name.startswith(store.WORDS) for name in ensured.created):
        rebuilding.rebuild_all(clock.now())
    return ensured


@app.operator_function()
def rebuild(request: RebuildRequest) -> Rebuilt:
    """Do one step of a rebuild of what search and the counters of unread messages need."""
    return rebuilding.rebuild(request, clock.now())


@app.operator_function()
def copies(request: CopiesPageQuery) -> PersonCopies:
    """List copies of people, for comparison with the original in profiles."""
    return person_copies.list_copies(request)


@app.operator_function(name="unpublished")
def list_or_publish(request: UnpublishedQuery) -> UnpublishedList:
    """List what has unpublished events, and put what is asked for on the queue again."""
    return unpublished.list_or_publish(request, clock.now())


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import conversations and messages from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())


@app.operator_function(name="republish")
def publish_again(request: RepublishRequest) -> RepublishedConversations:
    """Publish again who has a conversation, and who blocks whom."""
    return unpublished.publish_again(request, clock.now())
