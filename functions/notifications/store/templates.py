"""Templates in the database."""

from collections.abc import Iterable

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import Template
from notifications.store import database
from shared.data import mongodb
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document


def newest_templates(owners: Iterable[str], name: str | None = None) -> list[Template]:
    """The newest version of each template of these owners, of one name or of all, by name."""
    wanted: Document = {"owner": {"$in": list(owners)}}
    if name is not None:
        wanted["name"] = name
    identity = {"owner": "$owner", "name": "$name", "locale": "$locale"}
    newest_first = {"owner": 1, "name": 1, "locale": 1, "version": -1}
    found = _templates().aggregate(
        [
            {"$match": wanted},
            {"$sort": newest_first},
            {"$group": {"_id": identity, "newest": {"$first": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$newest"}},
            {"$sort": {"name": 1, "locale": 1, "owner": 1}},
        ]
    )
    return [msgspec.convert(document, Template) for document in found]


def find_template(template_id: str, owners: Iterable[str]) -> Template | None:
    """That version of a template if it is one of these owners'."""
    kept = _templates().find_one({"_id": template_id, "owner": {"$in": list(owners)}})
    return mongodb.to_record(kept, Template)


def add_template(template: Template) -> None:
    """Add a version. Raises Conflict when it was added meanwhile."""
    try:
        _templates().insert_one(mongodb.to_document(template))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def _templates() -> Collection[Document]:
    return database().templates
