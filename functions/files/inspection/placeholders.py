"""Placeholders of pictures: a Blurhash and the dominant colour, for the time until they are loaded.

The Blurhash is that of https://blurha.sh (Wolt, algorithm of 2018): the first terms of a discrete
cosine transform of the picture in linear light, in base 83.
"""

import math
from itertools import product

from PIL import Image

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
COMPONENTS = (4, 3)  # across and down
SIDE = 32  # pixels that are looked at
COLORS = 8
Linear = tuple[float, float, float]


def compute_blurhash(picture: Image.Image) -> str:
    """Return the Blurhash of a picture, of four by three components."""
    small = _shrink(picture)
    width, height = small.size
    pixels = [tuple(map(_to_linear, pixel)) for pixel in _read_pixels(small)]
    across = [_list_cosines(i, width) for i in range(COMPONENTS[0])]
    down = [_list_cosines(j, height) for j in range(COMPONENTS[1])]
    factors: list[Linear] = []
    for j, i in product(range(COMPONENTS[1]), range(COMPONENTS[0])):
        scale = (1 if i == j == 0 else 2) / (width * height)
        weights = [vertical * horizontal for vertical in down[j] for horizontal in across[i]]
        red, green, blue = (
            scale * sum(weight * pixel[c] for weight, pixel in zip(weights, pixels, strict=True))
            for c in range(3)
        )
        factors.append((red, green, blue))
    return _encode(factors)


def find_dominant_color(picture: Image.Image) -> str:
    """Return the colour that most pixels of a picture are near to, as `#rrggbb`."""
    reduced = _shrink(picture).quantize(COLORS, Image.Quantize.MEDIANCUT)
    counts: list[tuple[int, int]] = reduced.getcolors() or []  # type: ignore[assignment]  # of a palette
    _, index = max(counts)
    palette = reduced.getpalette() or []
    red, green, blue = palette[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _shrink(picture: Image.Image) -> Image.Image:
    """Return a small copy, on white where it is transparent."""
    scale = SIDE / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.convert("RGBA" if picture.has_transparency_data else "RGB").resize(
        size, Image.Resampling.BOX
    )
    if small.mode == "RGB":
        return small
    white = Image.new("RGBA", size, (255, 255, 255, 255))
    return Image.alpha_composite(white, small).convert("RGB")


def _read_pixels(picture: Image.Image) -> list[tuple[int, int, int]]:
    values = picture.tobytes()
    return list(zip(values[::3], values[1::3], values[2::3], strict=True))


def _list_cosines(component: int, length: int) -> list[float]:
    return [math.cos(math.pi * component * at / length) for at in range(length)]


def _to_linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _to_srgb(value: float) -> int:
    share = min(1.0, max(0.0, value))
    if share <= 0.0031308:
        return round(share * 12.92 * 255)
    return round((1.055 * math.pow(share, 1 / 2.4) - 0.055) * 255)


def _encode(factors: list[Linear]) -> str:
    first, others = factors[0], factors[1:]
    largest = max(abs(value) for factor in others for value in factor)
    quantized = max(0, min(82, math.floor(largest * 166 - 0.5)))
    maximum = (quantized + 1) / 166
    red, green, blue = map(_to_srgb, first)
    return "".join(
        (
            _base83(COMPONENTS[0] - 1 + (COMPONENTS[1] - 1) * 9, 1),
            _base83(quantized, 1),
            _base83((red << 16) + (green << 8) + blue, 4),
            *(_base83(_quantize(factor, maximum), 2) for factor in others),
        )
    )


def _quantize(factor: Linear, maximum: float) -> int:
    number = 0
    for value in factor:
        root = math.copysign(math.sqrt(abs(value / maximum)), value)
        number = number * 19 + max(0, min(18, math.floor(root * 9 + 9.5)))
    return number


def _base83(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 83)
        digits = ALPHABET[digit] + digits
    return digits
