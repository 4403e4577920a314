"""Saved templates in the database."""

from collections.abc import Iterable

import msgspec
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from notifications.models import Template
from notifications.store import database
from shared.data import mongodb
from shared.data.conflicts import WriteConflict
from shared.data.mongodb import Document


def list_newest(owners: Iterable[str], name: str | None = None) -> list[Template]:
    """List the newest version of each template of these owners, of one name or of all."""
    query: Document = {"owner": {"$in": list(owners)}}
    if name is not None:
        query["name"] = name
    identity = {"owner": "$owner", "name": "$name", "locale": "$locale"}
    newest_first = {"owner": 1, "name": 1, "locale": 1, "version": -1}
    documents = _templates().aggregate(
        [
            {"$match": query},
            {"$sort": newest_first},
            {"$group": {"_id": identity, "newest": {"$first": "$$ROOT"}}},
            {"$replaceRoot": {"newRoot": "$newest"}},
            {"$sort": {"name": 1, "locale": 1, "owner": 1}},
        ]
    )
    return [msgspec.convert(document, Template) for document in documents]


def find(template_id: str, owners: Iterable[str]) -> Template | None:
    """Find one version of a template of these owners."""
    document = _templates().find_one({"_id": template_id, "owner": {"$in": list(owners)}})
    return mongodb.to_record(document, Template)


def add(template: Template) -> None:
    """Add a version of a template.

    Raises:
        WriteConflict: The version was added meanwhile.
    """
    try:
        _templates().insert_one(mongodb.to_document(template))
    except DuplicateKeyError as error:
        raise WriteConflict from error


def save_problem(template_id: str, problem: str) -> None:
    """Save why no message could be made of a version of a template."""
    _templates().update_one({"_id": template_id}, {"$set": {"problem": problem}})


def delete(template_id: str) -> None:
    """Delete one version of a template."""
    _templates().delete_one({"_id": template_id})


def _templates() -> Collection[Document]:
    return database().templates
