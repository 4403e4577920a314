"""Poison events that outboxes keep: those of a deleted account go with it."""

from shared.data.shards import OUTBOX, shard_partitions
from shared.http.caller import Role
from tests.functional.erasure.world import PASSWORD, Person, World
from tests.support import moto_items

TABLES = (
    *("appointments", "auth", "consultations", "files", "policies", "profiles", "quick-actions"),
    "social",
)


def keep(table: str, *user_ids: str) -> None:
    """Let the outbox of a feature keep events that name users, in all of its shards."""
    moto_items.put(
        table,
        (
            {
                "pk": {"S": shard},
                "sk": {"S": f"evt_{user_id}"},
                "event": {"S": f"not an event of {user_id}"},
                "kept_because": {"S": "Unreadable"},
            }
            for shard in shard_partitions(OUTBOX)
            for user_id in user_ids
        ),
    )


def list_kept(table: str) -> set[str]:
    return {item["sk"] for item in moto_items.items(table) if "kept_because" in item}


def test_no_outbox_keeps_events_of_a_deleted_account(world: World) -> None:
    client, other = Person("kanari", Role.CLIENT), Person("spatz", Role.CLIENT)
    world.settle()
    answer = client.sign_in().delete("/v1/auth/me", json={"password": PASSWORD})
    assert answer.status_code == 204
    deleted = [event for event in world.deliver_events() if event.type == "user.deleted"]
    for table in TABLES:
        keep(table, client.id, other.id)
    world.consume(deleted)
    assert {table: list_kept(table) for table in TABLES} == {
        table: {f"evt_{other.id}"} for table in TABLES
    }
