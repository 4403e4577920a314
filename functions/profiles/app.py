"""Routes and triggers of profiles."""

from typing import Any

import msgspec
from chalice.app import CloudWatchEvent, Rate, Request

from domain.errors import Blocked, NotFound, SessionEnded
from domain.types import ArtistId, ClientId, UserId
from domain.vouchers import VoucherExpired, VoucherRedeemed, VoucherVoid
from profiles import consumers, events
from profiles.rules.errors import (
    AlreadyReviewed,
    BoardFull,
    ChangedMeanwhile,
    HandleTaken,
    NotCompleted,
    OwnPage,
    PageMoved,
    PortfolioFull,
    TemplateInactive,
    TooManyAlbums,
    TooManyBoards,
    TooManyFollows,
    TooManyHandles,
    TooManyNotes,
    TooManyTemplates,
    VoucherClosing,
)
from profiles.schemas.albums import (
    AlbumList,
    AlbumOrderRequest,
    AlbumSummary,
    AlbumView,
    CreateAlbumRequest,
    UpdateAlbumRequest,
)
from profiles.schemas.artist_pages import (
    ArtistPageView,
    OwnArtistPageView,
    UpdateArtistPageRequest,
)
from profiles.schemas.boards import BoardList, BoardRequest, BoardSummary, BoardView
from profiles.schemas.clients import ClientHistory, ClientList
from profiles.schemas.common import (
    AlbumId,
    BoardId,
    HandleOrArtistId,
    ListQuery,
    NoteId,
    PortfolioItemId,
    ReviewId,
    VoucherId,
    VoucherTemplateId,
)
from profiles.schemas.follows import FollowedArtistList, FollowView, ItemFeed
from profiles.schemas.moderation import ContentReportReceipt, ReportContentRequest
from profiles.schemas.notes import ClientNoteList, ClientNoteRequest, ClientNoteView
from profiles.schemas.people import PersonDetails, UpdatePersonRequest
from profiles.schemas.portfolio import (
    CreatePortfolioItemRequest,
    LikedItemList,
    LikedItemsQuery,
    LikeView,
    PortfolioItemList,
    PortfolioItemView,
    PortfolioOrderRequest,
    PortfolioPositionRequest,
    UpdatePortfolioItemRequest,
)
from profiles.schemas.rebuild import OriginalPersonList, RebuildRequest
from profiles.schemas.reviews import (
    ArtistReviewList,
    CreateReviewRequest,
    ReviewList,
    ReviewReplyRequest,
    ReviewsQuery,
    ReviewView,
    UpdateReviewRequest,
)
from profiles.schemas.search import ArtistSearchQuery, FoundArtistList
from profiles.schemas.vouchers import (
    CreateVoucherTemplateRequest,
    IssueVoucherRequest,
    RedeemVoucherRequest,
    UpdateVoucherTemplateRequest,
    VoucherList,
    VouchersQuery,
    VoucherTemplateList,
    VoucherTemplateView,
    VoucherView,
)
from profiles.share_pages import html
from profiles.store import table
from profiles.use_cases import (
    albums,
    artist_pages,
    boards,
    clients,
    erasure,
    follows,
    imports,
    notes,
    people,
    portfolio,
    rebuild,
    reports,
    reviews,
    search,
    search_engines,
    sharing,
    vouchers,
)
from shared.data import imported_rows
from shared.data.imported_rows import ImportedRows, ImportRowsRequest
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.operations import RawResponse
from shared.platform import clock

ARTISTS = (Role.ARTIST,)
# Also of a redirect: a former handle may become the current one again.
SHARE_PAGE_CACHED = {"cache-control": "public, max-age=300"}

app = FeatureApp(
    "profiles",
    ready={"dynamodb": table.ping},
    services=("ssm",),
    worker_services=("dynamodb",),
)
app.publishes(*events.PUBLISHED)
app.health_route()
outbox = app.outbox_relay(table="profiles")


# ---- people ------------------------------------------------------------------------------------


@app.route("/v1/profiles/me", methods=["GET"])
def get_own_person(caller: Caller) -> PersonDetails:
    """Get the caller's name, avatar, role and handle."""
    return people.get_own(caller)


@app.route("/v1/profiles/me", methods=["PATCH"], errors=(SessionEnded,))
def update_own_person(caller: Caller, body: UpdatePersonRequest) -> PersonDetails:
    """Change the caller's name or avatar.

    The change appears everywhere the name or avatar is shown.
    """
    return people.update_own(caller, body, clock.now())


@app.route("/v1/profiles/users/{id}", methods=["GET"], errors=(NotFound,))
def get_person(caller: Caller, id: UserId) -> PersonDetails:
    """Get a user's name, avatar, role and handle.

    Artists are visible to every user. Clients are visible to themselves and to artists they have an
    appointment or a conversation with.
    """
    return people.get(caller, id)


# ---- artists' pages ----------------------------------------------------------------------------


@app.route("/v1/profiles/me/page", methods=["GET"], roles=ARTISTS)
def get_own_artist_page(caller: Caller) -> OwnArtistPageView:
    """Get the caller's own page with its settings."""
    return artist_pages.get_own(caller, clock.now())


@app.route(
    "/v1/profiles/me/page",
    methods=["PATCH"],
    roles=ARTISTS,
    errors=(ChangedMeanwhile, HandleTaken, TooManyHandles, SessionEnded),
)
def update_own_artist_page(caller: Caller, body: UpdateArtistPageRequest) -> OwnArtistPageView:
    """Change the caller's own page.

    `version` is the version of the page that was read. After a change of `handle` the former one
    keeps redirecting to the page, and no other artist can claim it.
    """
    return artist_pages.update(caller, body, clock.now())


@app.route("/v1/profiles/users/{id}/page", methods=["GET"], errors=(NotFound,))
def get_artist_page_as_user(caller: Caller, id: ArtistId) -> ArtistPageView:
    """Get an artist's page as the caller may see it.

    The artist's clients may see more than others.
    """
    return artist_pages.get_for_caller(caller, id, clock.now())


@app.route(
    "/v1/profiles/artists/{handle}", methods=["GET"], public=True, errors=(NotFound, PageMoved)
)
def get_artist_page(handle: HandleOrArtistId) -> ArtistPageView:
    """Get an artist's page as everybody may see it.

    A former handle, another spelling or the artist's id is answered with 308 and a `Location`.
    """
    return artist_pages.get_public(handle, clock.now())


@app.route(
    "/v1/profiles/artists/{handle}/share",
    methods=["GET"],
    public=True,
    keyless=True,
    errors=(NotFound,),
    response_headers=("Cache-Control", "ETag"),
    media_types=("text/html",),
    raw_statuses=(301, 304, 404),
)
def get_share_page(handle: HandleOrArtistId, request: Request) -> RawResponse:
    """Get an artist's share page.

    An HTML page for link previews (Open Graph), search engines (JSON-LD) and people, with links
    that book a service. It needs no API key. A former handle, another spelling or the artist's id
    is answered with 301. There is a page only of artists whom searches find.
    """
    try:
        page = sharing.render(handle)
    except PageMoved as moved:
        location = {"location": f"../{moved.location}/share"}
        return _html("", 301, SHARE_PAGE_CACHED | location)
    except NotFound:
        return _html(html.render_missing(), 404)
    headers = SHARE_PAGE_CACHED | {"etag": page.etag}
    if page.is_known(request.headers.get("if-none-match")):
        return _html("", 304, headers)
    return _html(page.html, 200, headers)


@app.route("/v1/profiles/artists", methods=["GET"], public=True)
def search_artists(query: ArtistSearchQuery) -> FoundArtistList:
    """Search for artists by text, style, city or distance, price and open books.

    An artist is in the city of their studio, and in those of guest spots that are not over.
    """
    return search.search(query, clock.now())


# ---- portfolios --------------------------------------------------------------------------------


@app.route(
    "/v1/profiles/artists/{handle}/portfolio", methods=["GET"], public=True, errors=(NotFound,)
)
def list_portfolio_items(handle: HandleOrArtistId, query: ListQuery) -> PortfolioItemList:
    """List an artist's portfolio in the artist's order; newest first if there is none."""
    return portfolio.list_items(handle, query)


@app.route("/v1/profiles/me/portfolio", methods=["GET"], roles=ARTISTS)
def list_own_portfolio_items(caller: Caller, query: ListQuery) -> PortfolioItemList:
    """List the caller's own portfolio in its order.

    It holds what an admin hides from everybody else, with the reason.
    """
    return portfolio.list_own(caller, query)


@app.route(
    "/v1/profiles/me/portfolio",
    methods=["POST"],
    status=201,
    roles=ARTISTS,
    errors=(PortfolioFull, SessionEnded),
)
def create_portfolio_item(caller: Caller, body: CreatePortfolioItemRequest) -> PortfolioItemView:
    """Add an item to the caller's portfolio, which is public."""
    return portfolio.create(caller, body, clock.now())


@app.route(
    "/v1/profiles/me/portfolio/{id}",
    methods=["PATCH"],
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def update_portfolio_item(
    caller: Caller, id: PortfolioItemId, body: UpdatePortfolioItemRequest
) -> PortfolioItemView:
    """Change an item of the caller's portfolio."""
    return portfolio.update(caller, id, body, clock.now())


@app.route(
    "/v1/profiles/me/portfolio/{id}",
    methods=["DELETE"],
    status=204,
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def delete_portfolio_item(caller: Caller, id: PortfolioItemId) -> None:
    """Delete an item of the caller's portfolio.

    It also disappears from all boards.
    """
    portfolio.delete(caller, id, clock.now())


@app.route(
    "/v1/profiles/me/portfolio/order",
    methods=["PUT"],
    status=204,
    roles=ARTISTS,
    errors=(SessionEnded,),
)
def reorder_portfolio(caller: Caller, body: PortfolioOrderRequest) -> None:
    """Put items of the caller's portfolio first, in this order.

    The others follow in the order that they had. Items that are added later come first.
    """
    portfolio.reorder(caller, body)


@app.route(
    "/v1/profiles/me/portfolio/{id}/position",
    methods=["PUT"],
    status=204,
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def move_portfolio_item(
    caller: Caller, id: PortfolioItemId, body: PortfolioPositionRequest
) -> None:
    """Move an item of the caller's portfolio to a position."""
    portfolio.move(caller, id, body)


# ---- albums ------------------------------------------------------------------------------------


@app.route("/v1/profiles/artists/{handle}/albums", methods=["GET"], public=True, errors=(NotFound,))
def list_albums(handle: HandleOrArtistId) -> AlbumList:
    """List the public albums of an artist's portfolio, in the artist's order."""
    return albums.list_public(handle)


@app.route(
    "/v1/profiles/artists/{handle}/albums/{album}",
    methods=["GET"],
    public=True,
    errors=(NotFound,),
)
def get_album(handle: HandleOrArtistId, album: AlbumId, query: ListQuery) -> AlbumView:
    """Get a public album of an artist with its items, in their order."""
    return albums.get_public(handle, album, query)


@app.route("/v1/profiles/me/albums", methods=["GET"], roles=ARTISTS)
def list_own_albums(caller: Caller) -> AlbumList:
    """List all of the caller's albums, in their order."""
    return albums.list_own(caller)


@app.route(
    "/v1/profiles/me/albums",
    methods=["POST"],
    status=201,
    roles=ARTISTS,
    errors=(TooManyAlbums, SessionEnded),
)
def create_album(caller: Caller, body: CreateAlbumRequest) -> AlbumSummary:
    """Create an album of items of the caller's portfolio."""
    return albums.create(caller, body, clock.now())


@app.route(
    "/v1/profiles/me/albums/order",
    methods=["PUT"],
    status=204,
    roles=ARTISTS,
    errors=(SessionEnded,),
)
def reorder_albums(caller: Caller, body: AlbumOrderRequest) -> None:
    """Put albums of the caller first, in this order.

    The others follow in the order that they had.
    """
    albums.reorder(caller, body)


@app.route("/v1/profiles/me/albums/{id}", methods=["GET"], roles=ARTISTS, errors=(NotFound,))
def get_own_album(caller: Caller, id: AlbumId, query: ListQuery) -> AlbumView:
    """Get an album of the caller, public or not, with its items."""
    return albums.get_own(caller, id, query)


@app.route(
    "/v1/profiles/me/albums/{id}",
    methods=["PATCH"],
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def update_album(caller: Caller, id: AlbumId, body: UpdateAlbumRequest) -> AlbumSummary:
    """Change an album of the caller."""
    return albums.update(caller, id, body)


@app.route(
    "/v1/profiles/me/albums/{id}",
    methods=["DELETE"],
    status=204,
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def delete_album(caller: Caller, id: AlbumId) -> None:
    """Delete an album of the caller.

    Its items stay in the portfolio.
    """
    albums.delete(caller, id)


# ---- likes -------------------------------------------------------------------------------------


@app.route("/v1/profiles/portfolio/{id}/like", methods=["PUT"], errors=(NotFound, SessionEnded))
def like_portfolio_item(caller: Caller, id: PortfolioItemId) -> LikeView:
    """Like a portfolio item.

    Liking it again changes nothing.
    """
    return portfolio.like(caller, id)


@app.route("/v1/profiles/portfolio/{id}/like", methods=["DELETE"], errors=(NotFound, SessionEnded))
def unlike_portfolio_item(caller: Caller, id: PortfolioItemId) -> LikeView:
    """Take back a like of a portfolio item.

    Without a like nothing changes.
    """
    return portfolio.unlike(caller, id)


@app.route("/v1/profiles/portfolio/likes", methods=["GET"])
def list_liked_portfolio_items(caller: Caller, query: LikedItemsQuery) -> LikedItemList:
    """List which of the given portfolio items the caller likes."""
    return portfolio.list_liked(caller, query)


# ---- reports -----------------------------------------------------------------------------------


@app.route("/v1/profiles/reports", methods=["POST"], status=201, errors=(NotFound, SessionEnded))
def create_report(caller: Caller, body: ReportContentRequest) -> ContentReportReceipt:
    """Report an artist's page, a portfolio item or a review to the admins.

    What is reported is kept as it is now. Reporting the same again changes nothing while the first
    report is open. The reporter is notified of the outcome.
    """
    return reports.create(caller, body, clock.now())


# ---- follows -----------------------------------------------------------------------------------


@app.route("/v1/profiles/users/{id}/follow", methods=["GET"], errors=(NotFound,))
def get_follow(caller: Caller, id: ArtistId) -> FollowView:
    """Get whether the caller follows an artist, and how many do.

    Nobody is shown who follows an artist.
    """
    return follows.get(caller, id)


@app.route(
    "/v1/profiles/users/{id}/follow",
    methods=["PUT"],
    errors=(NotFound, Blocked, OwnPage, TooManyFollows, SessionEnded),
)
def follow_artist(caller: Caller, id: ArtistId) -> FollowView:
    """Follow an artist.

    Following them again changes nothing. A follower gets the artist's new items in the feed, and is
    notified when the artist opens the books. A block of either ends it.
    """
    return follows.follow(caller, id, clock.now())


@app.route("/v1/profiles/users/{id}/follow", methods=["DELETE"], errors=(SessionEnded,))
def unfollow_artist(caller: Caller, id: ArtistId) -> FollowView:
    """Follow an artist no more.

    Without a follow nothing changes.
    """
    return follows.unfollow(caller, id)


@app.route("/v1/profiles/follows", methods=["GET"])
def list_followed_artists(caller: Caller, query: ListQuery) -> FollowedArtistList:
    """List the artists whom the caller follows, those followed last first."""
    return follows.list_own(caller, query)


@app.route("/v1/profiles/feed", methods=["GET"])
def get_item_feed(caller: Caller, query: ListQuery) -> ItemFeed:
    """Get the new portfolio items of the artists whom the caller follows, newest first."""
    return follows.get_feed(caller, query)


# ---- boards ------------------------------------------------------------------------------------


@app.route("/v1/profiles/boards", methods=["GET"])
def list_boards(caller: Caller, query: ListQuery) -> BoardList:
    """List the caller's boards, newest first.

    Boards are visible to their owner only.
    """
    return boards.list_own(caller, query)


@app.route(
    "/v1/profiles/boards", methods=["POST"], status=201, errors=(TooManyBoards, SessionEnded)
)
def create_board(caller: Caller, body: BoardRequest) -> BoardSummary:
    """Create a board."""
    return boards.create(caller, body, clock.now())


@app.route("/v1/profiles/boards/{id}", methods=["GET"], errors=(NotFound,))
def get_board(caller: Caller, id: BoardId) -> BoardView:
    """Get a board with its items."""
    return boards.get(caller, id)


@app.route("/v1/profiles/boards/{id}", methods=["PATCH"], errors=(NotFound, SessionEnded))
def update_board(caller: Caller, id: BoardId, body: BoardRequest) -> BoardSummary:
    """Rename a board."""
    return boards.rename(caller, id, body, clock.now())


@app.route(
    "/v1/profiles/boards/{id}", methods=["DELETE"], status=204, errors=(NotFound, SessionEnded)
)
def delete_board(caller: Caller, id: BoardId) -> None:
    """Delete a board."""
    boards.delete(caller, id)


@app.route(
    "/v1/profiles/boards/{id}/items/{item}",
    methods=["PUT"],
    status=204,
    errors=(NotFound, BoardFull, SessionEnded),
)
def add_board_item(caller: Caller, id: BoardId, item: PortfolioItemId) -> None:
    """Add any artist's portfolio item to a board.

    Adding it again changes nothing.
    """
    boards.add_item(caller, id, item, clock.now())


@app.route(
    "/v1/profiles/boards/{id}/items/{item}",
    methods=["DELETE"],
    status=204,
    errors=(NotFound, SessionEnded),
)
def remove_board_item(caller: Caller, id: BoardId, item: PortfolioItemId) -> None:
    """Remove a portfolio item from a board.

    Removing it again changes nothing.
    """
    boards.remove_item(caller, id, item, clock.now())


# ---- clients and notes -------------------------------------------------------------------------


@app.route("/v1/profiles/clients", methods=["GET"], roles=ARTISTS)
def list_clients(caller: Caller, query: ListQuery) -> ClientList:
    """List the caller's clients with the totals of their visits."""
    return clients.list_own(caller, query, clock.now())


@app.route("/v1/profiles/clients/{id}", methods=["GET"], roles=ARTISTS, errors=(NotFound,))
def get_client(caller: Caller, id: ClientId, query: ListQuery) -> ClientHistory:
    """Get one of the caller's clients with their visits, latest first."""
    return clients.get(caller, id, query, clock.now())


@app.route("/v1/profiles/clients/{id}/notes", methods=["GET"], roles=ARTISTS, errors=(NotFound,))
def list_client_notes(caller: Caller, id: ClientId, query: ListQuery) -> ClientNoteList:
    """List the caller's notes about a client, newest first.

    Notes are visible to their author only.
    """
    return notes.list_own(caller, id, query)


@app.route(
    "/v1/profiles/clients/{id}/notes",
    methods=["POST"],
    status=201,
    roles=ARTISTS,
    errors=(NotFound, TooManyNotes, SessionEnded),
)
def create_client_note(caller: Caller, id: ClientId, body: ClientNoteRequest) -> ClientNoteView:
    """Create a note about a client."""
    return notes.create(caller, id, body, clock.now())


@app.route(
    "/v1/profiles/clients/{id}/notes/{note}",
    methods=["PUT"],
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def replace_client_note(
    caller: Caller, id: ClientId, note: NoteId, body: ClientNoteRequest
) -> ClientNoteView:
    """Replace the text of a note."""
    return notes.replace(caller, id, note, body, clock.now())


@app.route(
    "/v1/profiles/clients/{id}/notes/{note}",
    methods=["DELETE"],
    status=204,
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def delete_client_note(caller: Caller, id: ClientId, note: NoteId) -> None:
    """Delete a note."""
    notes.delete(caller, id, note)


# ---- reviews -----------------------------------------------------------------------------------


@app.route(
    "/v1/profiles/artists/{handle}/reviews", methods=["GET"], public=True, errors=(NotFound,)
)
def list_artist_reviews(handle: HandleOrArtistId, query: ListQuery) -> ArtistReviewList:
    """List the reviews of an artist, newest first, with their average rating."""
    return reviews.list_by_artist(handle, query)


@app.route("/v1/profiles/reviews", methods=["GET"])
def list_reviews(caller: Caller, query: ReviewsQuery) -> ReviewList:
    """List the reviews that the caller wrote, or received as artist."""
    return reviews.list_own(caller, query)


@app.route(
    "/v1/profiles/reviews",
    methods=["POST"],
    status=201,
    errors=(NotFound, NotCompleted, AlreadyReviewed, SessionEnded),
)
def create_review(caller: Caller, body: CreateReviewRequest) -> ReviewView:
    """Review a completed appointment.

    Each appointment can be reviewed once, by its client. Everybody can read the review.
    """
    return reviews.create(caller, body, clock.now())


@app.route("/v1/profiles/reviews/{id}", methods=["PATCH"], errors=(NotFound, SessionEnded))
def update_review(caller: Caller, id: ReviewId, body: UpdateReviewRequest) -> ReviewView:
    """Change one of the caller's reviews."""
    return reviews.update(caller, id, body, clock.now())


@app.route(
    "/v1/profiles/reviews/{id}", methods=["DELETE"], status=204, errors=(NotFound, SessionEnded)
)
def delete_review(caller: Caller, id: ReviewId) -> None:
    """Delete one of the caller's reviews."""
    reviews.delete(caller, id, clock.now())


@app.route(
    "/v1/profiles/reviews/{id}/reply",
    methods=["PUT"],
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def replace_review_reply(caller: Caller, id: ReviewId, body: ReviewReplyRequest) -> ReviewView:
    """Reply to a review of the caller, in place of an earlier reply."""
    return reviews.reply(caller, id, body, clock.now())


@app.route(
    "/v1/profiles/reviews/{id}/reply",
    methods=["DELETE"],
    status=204,
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def delete_review_reply(caller: Caller, id: ReviewId) -> None:
    """Delete the caller's reply to a review."""
    reviews.delete_reply(caller, id)


# ---- vouchers ----------------------------------------------------------------------------------


@app.route("/v1/profiles/voucher-templates", methods=["GET"], roles=ARTISTS)
def list_voucher_templates(caller: Caller, query: ListQuery) -> VoucherTemplateList:
    """List the caller's voucher templates, newest first."""
    return vouchers.list_templates(caller, query)


@app.route(
    "/v1/profiles/voucher-templates",
    methods=["POST"],
    status=201,
    roles=ARTISTS,
    errors=(TooManyTemplates, SessionEnded),
)
def create_voucher_template(
    caller: Caller, body: CreateVoucherTemplateRequest
) -> VoucherTemplateView:
    """Create a voucher template."""
    return vouchers.create_template(caller, body, clock.now())


@app.route(
    "/v1/profiles/voucher-templates/{id}",
    methods=["PATCH"],
    roles=ARTISTS,
    errors=(NotFound, SessionEnded),
)
def update_voucher_template(
    caller: Caller, id: VoucherTemplateId, body: UpdateVoucherTemplateRequest
) -> VoucherTemplateView:
    """Change a voucher template.

    Vouchers that were already issued stay as they are.
    """
    return vouchers.update_template(caller, id, body)


@app.route("/v1/profiles/vouchers", methods=["GET"])
def list_vouchers(caller: Caller, query: VouchersQuery) -> VoucherList:
    """List the vouchers that the caller holds, or issued as artist, with their codes."""
    return vouchers.list_own(caller, query, clock.now())


@app.route(
    "/v1/profiles/vouchers",
    methods=["POST"],
    status=201,
    roles=ARTISTS,
    errors=(NotFound, Blocked, TemplateInactive, SessionEnded),
)
def issue_voucher(caller: Caller, body: IssueVoucherRequest) -> VoucherView:
    """Issue a voucher to one of the caller's clients, or to anyone who has its code."""
    return vouchers.issue(caller, body, clock.now())


@app.route(
    "/v1/profiles/vouchers/{id}",
    methods=["GET"],
    roles=ARTISTS,
    errors=(NotFound,),
)
def get_voucher(caller: Caller, id: VoucherId) -> VoucherView:
    """Get a voucher that the caller issued, with its code."""
    return vouchers.get(caller, id, clock.now())


@app.route(
    "/v1/profiles/vouchers/redeem",
    methods=["POST"],
    roles=ARTISTS,
    errors=(NotFound, VoucherClosing, VoucherRedeemed, VoucherVoid, VoucherExpired, SessionEnded),
)
def redeem_voucher(caller: Caller, body: RedeemVoucherRequest) -> VoucherView:
    """Redeem one of the caller's vouchers by its code, without a booking.

    Each voucher can be redeemed once, by hand or with a booking. The status is `redeeming` until it
    is decided, within seconds: then it is `redeemed`, with the appointment where a booking was
    faster.
    """
    return vouchers.redeem(caller, body, clock.now())


@app.route(
    "/v1/profiles/vouchers/{id}/void",
    methods=["POST"],
    roles=ARTISTS,
    errors=(NotFound, VoucherClosing, VoucherRedeemed, VoucherVoid, VoucherExpired, SessionEnded),
)
def void_voucher(caller: Caller, id: VoucherId) -> VoucherView:
    """Void one of the caller's vouchers that was not redeemed.

    The status is `voiding` until it is decided, within seconds: then it is `void`, or `redeemed`
    where a booking was faster.
    """
    return vouchers.void(caller, id, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Consume events about users, services, appointments and conversations."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Apply changes of the search index, and continue erasures that are due."""
    search_engines.get_engine().apply(clock.now())
    erasure.run_due(clock.now(), lambda: queues.seconds_left(event))


# ---- operators' functions ----------------------------------------------------------------------


@app.operator_function()
def import_rows(request: ImportRowsRequest) -> ImportedRows:
    """Import items of portfolios from an earlier system."""
    return imported_rows.import_rows(request, imports.KINDS, clock.now())


@app.operator_function(name="people")
def list_original_people(request: RebuildRequest) -> OriginalPersonList:
    """List people, batch by batch, for comparison with the copies that other features keep."""
    return rebuild.list_originals(request)


@app.lambda_function(name="rebuild")
def rebuild_batch(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Correct counts and the search index, and publish people again, batch by batch."""

    def get_seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    request = msgspec.convert(event, RebuildRequest)
    response: dict[str, Any] = msgspec.to_builtins(
        rebuild.run(request, clock.now(), get_seconds_left)
    )
    return response


def _html(text: str, status: int, headers: dict[str, str] | None = None) -> RawResponse:
    policy = {"content-security-policy": html.POLICY}
    return RawResponse(text, "text/html; charset=utf-8", policy | (headers or {}), status)
