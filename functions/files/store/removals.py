"""Removals in the table: orders to delete objects from the bucket."""

from pynamodb.exceptions import DeleteError

from files.models import Removal
from files.store.table import ALL, DUE, REMOVAL, UPLOAD, RecordItem
from shared.data.dynamodb import is_condition_failure


def order_removal(removal: Removal) -> None:
    """Save a removal for the sweeper; it replaces an earlier one of the same kind."""
    create_removal_item(removal).save()


def end_removal(removal: Removal) -> None:
    """Delete a removal that was carried out, unless it was ordered again in the meantime."""
    item = create_removal_item(removal)
    try:
        item.delete(condition=RecordItem.record == item.record)
    except DeleteError as error:
        if not is_condition_failure(error):
            raise


def create_removal_item(removal: Removal) -> RecordItem:
    """Return the item of a removal."""
    sk = ALL if removal.everything else UPLOAD
    item = RecordItem.of(REMOVAL + removal.file_id, sk, removal)
    item.schedule(DUE, removal.file_id, removal.due_at)
    return item
