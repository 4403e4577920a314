"""The order in which the providers of a channel are asked to take a delivery."""

from collections.abc import Mapping, Sequence
from zlib import crc32

_MAX_WEIGHT = 1_000


def parse_weights(text: str, names: Sequence[str]) -> dict[str, int]:
    """Parse the weights of providers, such as `smtp=9 ses=1`.

    A provider of weight 0 gets only what others could not take, and one that is not named gets
    nothing. Without any weights, the first one gets everything, and the others what it could not
    take.

    Args:
        text: The weights; names and numbers from 0 to 1,000.
        names: Names of the providers that there are.

    Raises:
        ValueError: A name or a weight is not one, or all weights are 0.
    """
    if not text.strip():
        return {name: int(name == names[0]) for name in names}
    weights: dict[str, int] = {}
    for part in text.replace(",", " ").split():
        name, _, number = part.partition("=")
        if name not in names or name in weights:
            raise ValueError("a provider that there is not, or named twice")
        if not (number.isascii() and number.isdecimal() and int(number) <= _MAX_WEIGHT):
            raise ValueError("a weight that is no number from 0 to 1000")
        weights[name] = int(number)
    if not any(weights.values()):
        raise ValueError("no provider has a weight")
    return weights


def order(delivery_id: str, weights: Mapping[str, int]) -> list[str]:
    """Return the providers of a delivery, in the order in which they are asked.

    The first is chosen by weight and by the id, so that every attempt begins with the same one,
    which may recognise a copy. The others follow by weight.
    """
    ranked = sorted(weights, key=lambda name: -weights[name])
    if any(weights.values()):
        place = crc32(delivery_id.encode()) % sum(weights.values())
        for name in ranked:
            place -= weights[name]
            if place < 0:
                ranked.remove(name)
                ranked.insert(0, name)
                break
    return ranked
