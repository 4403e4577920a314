"""A small feature with one route of each kind, for tests of FeatureApp."""

from typing import Annotated, Any

from chalice.app import Request
from msgspec import Meta

from domain.errors import StateConflict
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.decoding import Input, Output
from shared.http.operations import RawResponse, TypedResponse
from tests.support.gateway import ApiClient, client_for


class Taken(StateConflict):
    """The piece is sold."""

    code = "taken"


class OrderRequest(Input, frozen=True):
    title: Annotated[str, Meta(max_length=20)]
    pieces: int = 1


class OrderQuery(Input, frozen=True):
    page_size: int = 10
    draft: bool = False


class Order(Output, frozen=True):
    number: int
    title: str
    ordered_by: str


class Echo(Output, frozen=True):
    user_id: str
    role: str
    page_size: int = 0
    draft: bool = False


class Studio:
    """The feature, its orders, and the dependencies that are down."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.down: set[str] = set()
        self.probed = 0
        ready = {"table": lambda: self._probe("table"), "mail": lambda: self._probe("mail")}
        self.app = FeatureApp("studio", ready=ready)
        self.app.health_route()
        _declare(self.app, self.orders)

    @property
    def client(self) -> ApiClient:
        """An anonymous client."""
        return client_for(self.app)

    def _probe(self, name: str) -> None:
        self.probed += 1
        if name in self.down:
            raise ConnectionError(f"{name} at 10.0.0.1 refused")


def _declare(app: FeatureApp, orders: list[Order]) -> None:
    @app.route("/v1/orders", methods=["POST"], status=201, errors=(Taken,))
    def order(caller: Caller, body: OrderRequest) -> TypedResponse[Order]:
        """Order a piece."""
        if body.title == "taken":
            raise Taken("Somebody has it.")
        created = Order(len(orders) + 1, body.title, caller.user_id)
        orders.append(created)
        return TypedResponse(created, {"location": f"/v1/orders/{created.number}"})

    @app.route("/v1/orders/{number}/copies", methods=["POST"], status=201)
    def copy(caller: Caller, body: OrderRequest, number: str) -> Order:
        """Order a piece again."""
        orders.append(Order(len(orders) + 1, body.title, caller.user_id))
        return orders[-1]

    @app.route("/v1/secrets", methods=["POST"], idempotent=False)
    def secret(caller: Caller, body: OrderRequest) -> Order:
        """Create something whose response must not be stored."""
        orders.append(Order(len(orders) + 1, body.title, caller.user_id))
        return orders[-1]

    @app.route("/v1/orders/{number}", methods=["GET"])
    def find(caller: Caller, number: str, query: OrderQuery) -> Echo:
        """Return the caller and the query."""
        return Echo(caller.user_id, caller.role, query.page_size, query.draft)

    @app.route("/v1/orders/{number}", methods=["DELETE"], roles=(Role.ARTIST, Role.ADMIN))
    def cancel(number: str) -> None:
        """Cancel an order."""

    @app.route("/v1/broken", methods=["GET"])
    def broken() -> None:
        """Fail for an internal reason."""
        raise RuntimeError("table artist-booking-local-studio has no index by-date")

    @app.route("/v1/catalogue", methods=["GET"], public=True)
    def catalogue() -> dict[str, Any]:
        """Get what anybody may see."""
        return {"items": []}

    @app.route("/v1/catalogue", methods=["POST"], public=True, limit="sign-in")
    def suggest(body: OrderRequest) -> dict[str, Any]:
        """Send what anybody may send."""
        orders.append(Order(len(orders) + 1, body.title, "somebody"))
        return {"number": len(orders)}

    @app.route("/v1/manual", methods=["GET"], public=True, keyless=True, limit="documents")
    def manual(request: Request) -> RawResponse:
        """Get an HTML page."""
        headers = {"cache-control": "public, max-age=300"}
        return RawResponse("<p>Hello</p>", "text/html; charset=utf-8", headers)
