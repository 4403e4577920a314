"""Brands in the database."""

from pymongo.collection import Collection

from notifications.models import Brand
from notifications.store import database
from shared.data import mongodb
from shared.data.mongodb import Document


def find(artist_id: str) -> Brand | None:
    """Find the brand of an artist."""
    return mongodb.to_record(_brands().find_one(artist_id), Brand)


def save(brand: Brand) -> None:
    """Save the brand of an artist in place of an earlier one."""
    _brands().replace_one({"_id": brand.id}, mongodb.to_document(brand), upsert=True)


def delete(artist_id: str) -> None:
    """Delete the brand of an artist."""
    _brands().delete_one({"_id": artist_id})


def _brands() -> Collection[Document]:
    return database().brands
