"""Switches: reading the stored modes, and what a change may be."""

from collections.abc import Mapping

from gateway.models import Mode


def choose_mode(stored: Mapping[str, str] | None, feature: str, known: Mode | None) -> Mode | None:
    """Return the mode of a feature; None if it cannot be said.

    A value that is broken or missing keeps the mode that was known last: another side would carry
    out requests whose repetition goes to the first one. Where nothing was ever known, a missing
    value is `monolith`, because nobody switched the feature, and a broken one is no mode.

    Args:
        stored: Modes by feature, as they are stored; None where nothing is.
        feature: The feature.
        known: The mode that was read last.
    """
    value = (stored or {}).get(feature)
    if value is None:
        return known or Mode.MONOLITH
    return Mode(value) if value in list(Mode) else known
