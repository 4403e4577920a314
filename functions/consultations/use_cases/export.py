"""The share of consultations in the export of a user's data."""

from consultations.models import PARTIES, Consultation, ConsultationFolder
from consultations.store import consultations as store
from consultations.store import intakes

PAGE_SIZE = 100


def gather(user_id: str) -> dict[str, object]:
    """Return what is stored about a user, by kind."""
    found: list[Consultation] = []
    for side in PARTIES:
        for folder in ConsultationFolder:
            after: str | None = None
            while True:
                page, after = store.list_consultations(
                    side, user_id, folder, limit=PAGE_SIZE, after=after
                )
                found += page
                if after is None:
                    break
    return {"consultations": found, "intakes": intakes.list_intakes(user_id, PAGE_SIZE)}
