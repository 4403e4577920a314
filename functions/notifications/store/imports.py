"""Bulk writes of imported templates and push subscriptions."""

from collections.abc import Iterable, Sequence

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError

from notifications.models import PushSubscription, Template
from notifications.store import database
from shared.data import mongodb

DUPLICATE_KEY = 11000


def find_templates(template_ids: Iterable[str]) -> list[Template]:
    """Return those of some versions of templates that exist, whoever owns them."""
    documents = database().templates.find({"_id": {"$in": list(template_ids)}})
    found = (mongodb.to_record(document, Template) for document in documents)
    return [template for template in found if template is not None]


def add_templates(added: Sequence[Template]) -> set[str]:
    """Store templates; return the ids of those whose owner has that version of the name."""
    writes = [InsertOne(mongodb.to_document(template)) for template in added]
    try:
        database().templates.bulk_write(writes, ordered=False)
    except BulkWriteError as error:
        failures = error.details["writeErrors"]
        if any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        return {added[failure["index"]].id for failure in failures}
    return set()


def add_subscriptions(added: Sequence[PushSubscription]) -> None:
    """Store subscriptions, except where there is one of the same endpoint."""
    writes = []
    for subscription in added:
        document = mongodb.to_document(subscription)
        writes.append(
            UpdateOne({"_id": document.pop("_id")}, {"$setOnInsert": document}, upsert=True)
        )
    database().subscriptions.bulk_write(writes, ordered=False)
