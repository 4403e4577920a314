"""Bank details of artists. They lie outside of the calendar, which is read for everybody."""

from appointments.schemas import BankDetails
from appointments.store.table import BANK, PERSON, RecordItem


def find_bank_details(artist_id: str) -> BankDetails | None:
    """Return the bank account that an artist's deposits are paid to."""
    return RecordItem.read(PERSON + artist_id, BANK, BankDetails)


def save_bank_details(artist_id: str, details: BankDetails) -> None:
    """Replace the bank account that an artist's deposits are paid to."""
    RecordItem.of(PERSON + artist_id, BANK, details).save()


def delete_bank_details(artist_id: str) -> None:
    """Delete an artist's bank details, if there are any."""
    RecordItem(PERSON + artist_id, BANK).delete()
