"""The old API of the monolith: what ours can serve of it, a module for each feature."""

from gateway.rules.old_api import appointments, notifications
from gateway.rules.old_api.translation import Feature

FEATURES: dict[str, Feature] = {
    feature.name: feature for feature in (appointments.FEATURE, notifications.FEATURE)
}
