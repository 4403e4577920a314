"""Copies of consultations: whose they are, and whether pictures can be added to them."""

from datetime import datetime

from shared.data import tombstones
from shared.data.conflicts import retry_on_conflict
from shared.events.domain_events import DomainEvent, decode_data
from social.events import ConsultationChanged
from social.models.media import ConsultationCopy
from social.store import media as store

_OPEN = ("pending", "responded", "scheduled")


@retry_on_conflict
def handle_consultation_changed(event: DomainEvent, _now: datetime) -> None:
    """Store what is known of a consultation, unless something newer is stored."""
    data = decode_data(event, ConsultationChanged)
    known = store.find_consultation(data.artist_id, data.consultation_id)
    if known is not None and known.version >= data.record_version:
        return
    if tombstones.is_deleted(data.artist_id):
        return
    copy = ConsultationCopy(data.consultation_id, data.status in _OPEN, data.record_version)
    store.save_consultation(data.artist_id, copy)
