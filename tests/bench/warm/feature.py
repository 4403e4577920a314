"""A feature with one route, as features are written, and the call that the route makes."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from domain.money import Money
from shared.data.dynamodb import table_meta
from shared.data.record_items import RecordItem
from shared.http.app import FeatureApp
from shared.http.caller import Caller, Role
from shared.http.decoding import Input, Output

app = FeatureApp("bench")


class Item(RecordItem):
    Meta = table_meta("bench")


class BenchRequest(Input, frozen=True):
    service_id: Annotated[str, Meta(pattern=r"^svc_[0-9A-Z_]+$")]
    starts_at: datetime
    price: Money
    tags: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=20)] = ()
    notes: Annotated[str, Meta(max_length=2000)] = ""


class BenchView(Output, frozen=True):
    id: str
    service_id: str
    starts_at: datetime
    price: Money
    tags: tuple[str, ...]
    notes: str


def read_item() -> Item:
    return Item.get("pk", "sk", consistent_read=True)


@app.route("/v1/bench", methods=["POST"], status=201, roles=(Role.CLIENT,))
def create_bench(caller: Caller, body: BenchRequest) -> BenchView:
    """Create nothing."""
    read_item()
    return BenchView(
        caller.user_id, body.service_id, body.starts_at, body.price, body.tags, body.notes
    )
