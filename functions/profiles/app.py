"""The door of profiles: routes and triggers."""

from typing import Any

import msgspec
from chalice.app import CloudWatchEvent, Rate

from profiles import consumers
from profiles.events import PortfolioItemRemoved, PortfolioItemSaved, ProfileUpdated
from profiles.schemas.clients import ClientHistory, Clients, NoteRequest, Notes, NoteView
from profiles.schemas.pages import ArtistPage, OwnPage, PageChange
from profiles.schemas.people import CardChange, CardView
from profiles.schemas.portfolio import (
    BoardRequest,
    Boards,
    BoardSummary,
    BoardView,
    ItemChanges,
    ItemRequest,
    Like,
    LikedItems,
    LikesQuery,
    PageQuery,
    PortfolioItem,
    PortfolioItems,
)
from profiles.schemas.rebuild import Portion, TrueCards
from profiles.schemas.reviews import (
    ArtistReviews,
    ReplyRequest,
    ReviewChanges,
    ReviewRequest,
    Reviews,
    ReviewsQuery,
    ReviewView,
)
from profiles.schemas.search import ArtistsQuery, FoundArtists
from profiles.schemas.vouchers import (
    RedeemRequest,
    TemplateChanges,
    TemplateRequest,
    Templates,
    TemplateView,
    VoucherRequest,
    Vouchers,
    VouchersQuery,
    VoucherView,
)
from profiles.store import table
from profiles.use_cases import (
    boards,
    clients,
    due_work,
    notes,
    pages,
    people,
    portfolio,
    rebuild,
    reviews,
    search,
    vouchers,
)
from shared.events import queues
from shared.events.domain_events import DomainEvent
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.platform import clock

app = FeatureApp("profiles", ready={"dynamodb": table.ping})
app.publishes(ProfileUpdated, PortfolioItemSaved, PortfolioItemRemoved)
app.health_route()
outbox = app.outbox_relay(table="profiles")


# ---- cards -------------------------------------------------------------------------------------


@app.route("/v1/profiles/me", methods=["GET"])
def get_card(caller: Caller) -> CardView:
    """The caller's card, as others have it."""
    return people.me(caller)


@app.route("/v1/profiles/me", methods=["PATCH"])
def change_card(caller: Caller, body: CardChange) -> CardView:
    """Change the caller's name or avatar, here and wherever else it is shown."""
    return people.change(caller, body, clock.now())


@app.route("/v1/profiles/users/{id}", methods=["GET"])
def get_user(caller: Caller, id: str) -> CardView:
    """Somebody's card: any artist's; a client's for artists who have to do with them."""
    return people.see(caller, id)


# ---- pages -------------------------------------------------------------------------------------


@app.route("/v1/profiles/me/page", methods=["GET"], roles=(Role.ARTIST,))
def get_own_page(caller: Caller) -> OwnPage:
    """The caller's page as an artist, with who may see what of it."""
    return pages.own(caller)


@app.route("/v1/profiles/me/page", methods=["PATCH"], roles=(Role.ARTIST,))
def change_own_page(caller: Caller, body: PageChange) -> OwnPage:
    """Change the caller's page; `version` is that of the page as it was read.

    Another `handle` keeps the ones before: they lead to the page, and nobody else gets them.
    """
    return pages.change(caller, body, clock.now())


@app.route("/v1/profiles/users/{id}/page", methods=["GET"])
def get_page_as_user(caller: Caller, id: str) -> ArtistPage:
    """An artist's page as the caller may see it: their clients may see more than others."""
    return pages.as_seen_by(caller, id)


@app.route("/v1/profiles/artists/{handle}", methods=["GET"], public=True)
def get_page(handle: str) -> ArtistPage:
    """An artist's page, by handle or id, as everybody may see it.

    A handle from before, or spelled differently, is answered with 308 and where the page is.
    """
    return pages.public(handle)


# ---- search ------------------------------------------------------------------------------------


@app.route("/v1/profiles/artists", methods=["GET"], public=True)
def search_artists(query: ArtistsQuery) -> FoundArtists:
    """Look for artists by text, style, city or distance, price, and whether they take bookings."""
    return search.search(query)


# ---- portfolio, likes and boards ---------------------------------------------------------------


@app.route("/v1/profiles/artists/{handle}/portfolio", methods=["GET"], public=True)
def list_portfolio(handle: str, query: PageQuery) -> PortfolioItems:
    """What an artist shows, the newest first."""
    return portfolio.list_of(handle, query)


@app.route("/v1/profiles/me/portfolio", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_portfolio_item(caller: Caller, body: ItemRequest) -> PortfolioItem:
    """Show one more work, to everybody."""
    return portfolio.add(caller, body, clock.now())


@app.route("/v1/profiles/me/portfolio/{id}", methods=["PATCH"], roles=(Role.ARTIST,))
def change_portfolio_item(caller: Caller, id: str, body: ItemChanges) -> PortfolioItem:
    """Change what is said of a work; what is left out stays."""
    return portfolio.change(caller, id, body, clock.now())


@app.route("/v1/profiles/me/portfolio/{id}", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def remove_portfolio_item(caller: Caller, id: str) -> None:
    """Show a work no longer. It vanishes from everybody's boards, too."""
    portfolio.remove(caller, id, clock.now())


@app.route("/v1/profiles/portfolio/{id}/like", methods=["PUT"])
def like_item(caller: Caller, id: str) -> Like:
    """Like a work. Liking it again changes nothing."""
    return portfolio.like(caller, id)


@app.route("/v1/profiles/portfolio/{id}/like", methods=["DELETE"])
def unlike_item(caller: Caller, id: str) -> Like:
    """Like a work no longer. Doing so again changes nothing."""
    return portfolio.unlike(caller, id)


@app.route("/v1/profiles/portfolio/likes", methods=["GET"])
def list_likes(caller: Caller, query: LikesQuery) -> LikedItems:
    """Which of these works the caller likes."""
    return portfolio.liked(caller, query)


@app.route("/v1/profiles/boards", methods=["GET"])
def list_boards(caller: Caller, query: PageQuery) -> Boards:
    """The caller's boards. Nobody else sees them."""
    return boards.list_own(caller, query)


@app.route("/v1/profiles/boards", methods=["POST"], status=201)
def add_board(caller: Caller, body: BoardRequest) -> BoardSummary:
    """Begin a board."""
    return boards.add(caller, body, clock.now())


@app.route("/v1/profiles/boards/{id}", methods=["GET"])
def get_board(caller: Caller, id: str) -> BoardView:
    """A board with what is on it."""
    return boards.get(caller, id)


@app.route("/v1/profiles/boards/{id}", methods=["PATCH"])
def rename_board(caller: Caller, id: str, body: BoardRequest) -> BoardSummary:
    """Call a board something else."""
    return boards.rename(caller, id, body, clock.now())


@app.route("/v1/profiles/boards/{id}", methods=["DELETE"], status=204)
def remove_board(caller: Caller, id: str) -> None:
    """Drop a board."""
    boards.remove(caller, id)


@app.route("/v1/profiles/boards/{id}/items/{item}", methods=["PUT"], status=204)
def save_to_board(caller: Caller, id: str, item: str) -> None:
    """Put a work of any artist's on a board. Putting it there again changes nothing."""
    boards.save(caller, id, item, clock.now())


@app.route("/v1/profiles/boards/{id}/items/{item}", methods=["DELETE"], status=204)
def take_off_board(caller: Caller, id: str, item: str) -> None:
    """Take a work off a board. Doing so again changes nothing."""
    boards.take_off(caller, id, item, clock.now())


# ---- clients and notes -------------------------------------------------------------------------


@app.route("/v1/profiles/clients", methods=["GET"], roles=(Role.ARTIST,))
def list_clients(caller: Caller, query: PageQuery) -> Clients:
    """Who had to do with the caller, what became of it, and what it came to."""
    return clients.list_own(caller, query, clock.now())


@app.route("/v1/profiles/clients/{id}", methods=["GET"], roles=(Role.ARTIST,))
def get_client(caller: Caller, id: str, query: PageQuery) -> ClientHistory:
    """A client of the caller's with their visits, the latest first."""
    return clients.get(caller, id, query, clock.now())


@app.route("/v1/profiles/clients/{id}/notes", methods=["GET"], roles=(Role.ARTIST,))
def list_notes(caller: Caller, id: str, query: PageQuery) -> Notes:
    """What the caller noted down of a client. Nobody else sees it."""
    return notes.list_about(caller, id, query)


@app.route("/v1/profiles/clients/{id}/notes", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_note(caller: Caller, id: str, body: NoteRequest) -> NoteView:
    """Note something down of a client."""
    return notes.add(caller, id, body, clock.now())


@app.route("/v1/profiles/clients/{id}/notes/{note}", methods=["PUT"], roles=(Role.ARTIST,))
def change_note(caller: Caller, id: str, note: str, body: NoteRequest) -> NoteView:
    """Note something else down in the place of a note."""
    return notes.change(caller, id, note, body, clock.now())


@app.route(
    "/v1/profiles/clients/{id}/notes/{note}", methods=["DELETE"], status=204, roles=(Role.ARTIST,)
)
def remove_note(caller: Caller, id: str, note: str) -> None:
    """Drop a note."""
    notes.remove(caller, id, note)


# ---- reviews and vouchers ----------------------------------------------------------------------


@app.route("/v1/profiles/artists/{handle}/reviews", methods=["GET"], public=True)
def list_artist_reviews(handle: str, query: PageQuery) -> ArtistReviews:
    """What clients say of an artist, and what it adds up to."""
    return reviews.list_of(handle, query)


@app.route("/v1/profiles/reviews", methods=["GET"])
def list_reviews(caller: Caller, query: ReviewsQuery) -> Reviews:
    """What the caller wrote, or as an artist received."""
    return reviews.list_own(caller, query)


@app.route("/v1/profiles/reviews", methods=["POST"], status=201)
def write_review(caller: Caller, body: ReviewRequest) -> ReviewView:
    """Review a completed appointment of the caller's, once. Everybody may read it."""
    return reviews.write(caller, body, clock.now())


@app.route("/v1/profiles/reviews/{id}", methods=["PATCH"])
def change_review(caller: Caller, id: str, body: ReviewChanges) -> ReviewView:
    """Change a review of the caller's; what is left out stays."""
    return reviews.change(caller, id, body, clock.now())


@app.route("/v1/profiles/reviews/{id}", methods=["DELETE"], status=204)
def remove_review(caller: Caller, id: str) -> None:
    """Take a review of the caller's back."""
    reviews.remove(caller, id)


@app.route("/v1/profiles/reviews/{id}/reply", methods=["PUT"], roles=(Role.ARTIST,))
def reply_to_review(caller: Caller, id: str, body: ReplyRequest) -> ReviewView:
    """Reply to a review of the caller's work, in the place of an earlier reply."""
    return reviews.reply(caller, id, body, clock.now())


@app.route("/v1/profiles/reviews/{id}/reply", methods=["DELETE"], status=204, roles=(Role.ARTIST,))
def take_back_reply(caller: Caller, id: str) -> None:
    """Take the reply to a review back."""
    reviews.take_back_reply(caller, id)


@app.route("/v1/profiles/voucher-templates", methods=["GET"], roles=(Role.ARTIST,))
def list_voucher_templates(caller: Caller, query: PageQuery) -> Templates:
    """What the caller issues vouchers of."""
    return vouchers.list_templates(caller, query)


@app.route("/v1/profiles/voucher-templates", methods=["POST"], status=201, roles=(Role.ARTIST,))
def add_voucher_template(caller: Caller, body: TemplateRequest) -> TemplateView:
    """Lay down what vouchers are issued of."""
    return vouchers.add_template(caller, body, clock.now())


@app.route("/v1/profiles/voucher-templates/{id}", methods=["PATCH"], roles=(Role.ARTIST,))
def change_voucher_template(caller: Caller, id: str, body: TemplateChanges) -> TemplateView:
    """Change a template; what is left out, and what was issued of it, stays."""
    return vouchers.change_template(caller, id, body)


@app.route("/v1/profiles/vouchers", methods=["GET"])
def list_vouchers(caller: Caller, query: VouchersQuery) -> Vouchers:
    """What the caller holds, or as an artist issued, with the codes."""
    return vouchers.list_own(caller, query, clock.now())


@app.route("/v1/profiles/vouchers", methods=["POST"], status=201, roles=(Role.ARTIST,))
def issue_voucher(caller: Caller, body: VoucherRequest) -> VoucherView:
    """Issue a voucher to a client of the caller's, or to whoever has its code."""
    return vouchers.issue(caller, body, clock.now())


@app.route("/v1/profiles/vouchers/redeem", methods=["POST"], roles=(Role.ARTIST,))
def redeem_voucher(caller: Caller, body: RedeemRequest) -> VoucherView:
    """Redeem a voucher of the caller's by its code. That is possible once."""
    return vouchers.redeem(caller, body, clock.now())


@app.route("/v1/profiles/vouchers/{id}/void", methods=["POST"], roles=(Role.ARTIST,))
def void_voucher(caller: Caller, id: str) -> VoucherView:
    """Take back a voucher that was not redeemed."""
    return vouchers.void(caller, id, clock.now())


# ---- triggers ----------------------------------------------------------------------------------


@app.on_domain_events(*consumers.HANDLERS)
def events_worker(event: DomainEvent) -> None:
    """Learn of people, services, appointments and deleted users."""
    consumers.handle(event, clock.now())


@app.schedule(Rate(1, unit=Rate.MINUTES))
def sweeper(event: CloudWatchEvent) -> None:
    """Do what time alone brings about."""
    due_work.sweep(clock.now(), lambda: queues.seconds_left(event))


# ---- for operators -----------------------------------------------------------------------------


@app.operator_function(name="cards")
def copy_cards(portion: Portion) -> TrueCards:
    """Everybody's card, portion by portion: what the copies of others are compared with."""
    return rebuild.copies(portion)


@app.lambda_function(name="rebuild")
def rebuild_portion(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count again what is counted, and tell every card again, portion by portion."""

    def seconds_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    rebuilt = rebuild.rebuild(msgspec.convert(event, Portion), clock.now(), seconds_left)
    answer: dict[str, Any] = msgspec.to_builtins(rebuilt)
    return answer
