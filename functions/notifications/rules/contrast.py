"""Contrast of colours, as WCAG 2.2 defines it (1.4.3 and "relative luminance")."""

MINIMUM = 4.5  # of text and its background, level AA
_WHITE = 1.0  # its relative luminance
_STEP = 0.95


def compute_with_white(color: str) -> float:
    """Compute the contrast of a colour such as `#0f766e` with white, from 1 to 21."""
    return (_WHITE + 0.05) / (_compute_luminance(color) + 0.05)


def darken(color: str) -> str:
    """Return the colour, or the nearest darker shade of it on which white text can be read."""
    channels = _parse(color)
    while compute_with_white(_format(channels)) < MINIMUM:
        channels = tuple(channel * _STEP for channel in channels)
    return _format(channels)


def _compute_luminance(color: str) -> float:
    red, green, blue = (_linearize(channel / 255) for channel in _parse(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearize(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _parse(color: str) -> tuple[float, ...]:
    return tuple(float(int(color[start : start + 2], 16)) for start in (1, 3, 5))


def _format(channels: tuple[float, ...]) -> str:
    return "#" + "".join(f"{int(channel):02x}" for channel in channels)
