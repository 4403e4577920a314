"""Canvas in units of 1000 by 1250, drawn at twice the size of the picture for smooth edges."""

import itertools
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFilter

Point = tuple[float, float]
WIDTH, HEIGHT = 1000, 1250
_PIXELS = 2  # pixels of the canvas for one of the picture
_PICTURE = 0.8  # pixels of the picture for one unit
_SCALE = _PIXELS * _PICTURE
_QUALITY = 78

PAPER, INK = "#f3eadb", "#2b2622"
TERRACOTTA, SAGE, OCHRE, DUSK, BLUSH, PLUM = (
    "#b4573f",
    "#7f8c6c",
    "#d6a552",
    "#47566d",
    "#e6bfae",
    "#6d3f4c",
)


class Canvas:
    """Picture being drawn."""

    def __init__(self, top: str, bottom: str, width: int = WIDTH, height: int = HEIGHT) -> None:
        """Begin with a background that shades from one colour to the other."""
        self.width, self.height = width, height
        size = (round(width * _SCALE), round(height * _SCALE))
        self._image = _shade(size, top, bottom)

    def lines(self, points: Sequence[Point], color: str = INK, width: float = 3) -> None:
        """Draw a line through points."""
        draw = ImageDraw.Draw(self._image)
        draw.line(_scaled(points), color, max(1, round(width * _SCALE)), "curve")

    def taper(self, points: Sequence[Point], color: str, first: float, last: float) -> None:
        """Draw a line that becomes thinner, or thicker."""
        for index, (one, other) in enumerate(itertools.pairwise(points)):
            share = index / max(1, len(points) - 2)
            self.lines((one, other), color, first + (last - first) * share)
            self.dot(other, (first + (last - first) * share) / 2, color)

    def shape(self, points: Sequence[Point], fill: str, alpha: float = 1) -> None:
        """Fill a polygon."""
        with_alpha = (*ImageColor.getrgb(fill)[:3], round(255 * alpha))
        if alpha >= 1:
            ImageDraw.Draw(self._image).polygon(_scaled(points), with_alpha)
            return
        layer = Image.new("RGBA", self._image.size)
        ImageDraw.Draw(layer).polygon(_scaled(points), with_alpha)
        self._image.paste(layer, (0, 0), layer)

    def dot(self, at: Point, radius: float, fill: str, alpha: float = 1) -> None:
        """Fill a circle."""
        self.shape(circle(at, radius), fill, alpha) if alpha < 1 else self._disc(at, radius, fill)

    def ring(self, at: Point, radius: float, color: str = INK, width: float = 3) -> None:
        """Draw a circle."""
        self.lines(circle(at, radius), color, width)

    def shaded(self, points: Sequence[Point], top: str, bottom: str, blur: float = 0) -> None:
        """Fill a polygon with a gradient; its edge is soft where there is a `blur`."""
        mask = Image.new("L", self._image.size)
        ImageDraw.Draw(mask).polygon(_scaled(points), 255)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * _SCALE))
        self._image.paste(_shade(self._image.size, top, bottom), (0, 0), mask)

    def save(self, file: Path) -> None:
        """Write the picture as WebP."""
        size = (round(self.width * _PICTURE), round(self.height * _PICTURE))
        smooth = self._image.resize(size, Image.Resampling.LANCZOS)
        smooth.save(file, "WEBP", quality=_QUALITY, method=6)

    def _disc(self, at: Point, radius: float, fill: str) -> None:
        (x, y), size = at, radius * _SCALE
        x, y = x * _SCALE, y * _SCALE
        ImageDraw.Draw(self._image).ellipse((x - size, y - size, x + size, y + size), fill)


def circle(at: Point, radius: float, first: float = 0, last: float = 360) -> list[Point]:
    """Return the points of an arc, clockwise from the right."""
    steps = max(12, round(abs(last - first) / 3))
    return [around(at, radius, first + (last - first) * step / steps) for step in range(steps + 1)]


def around(at: Point, radius: float, degrees: float) -> Point:
    """Return the point at an angle and a distance."""
    angle = math.radians(degrees)
    return at[0] + radius * math.cos(angle), at[1] + radius * math.sin(angle)


def ellipse(at: Point, wide: float, high: float, turn: float = 0) -> list[Point]:
    """Return the points of an ellipse with these radii."""
    return rotated(
        [(at[0] + (x - at[0]) * wide, at[1] + (y - at[1]) * high) for x, y in circle(at, 1)],
        at,
        turn,
    )


def curve(*anchors: Point, steps: int = 60) -> list[Point]:
    """Return the points of the Bézier curve of these anchors."""
    return [_bezier(anchors, step / steps) for step in range(steps + 1)]


def leaf(base: Point, length: float, breadth: float, degrees: float) -> list[Point]:
    """Return the outline of a leaf that grows from its base in a direction."""
    tip = around(base, length, degrees)
    left = around(base, length * 0.45, degrees - breadth)
    right = around(base, length * 0.45, degrees + breadth)
    return curve(base, left, tip, steps=24) + curve(tip, right, base, steps=24)


def rotated(points: Iterable[Point], at: Point, degrees: float) -> list[Point]:
    """Return points turned around another."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (
            at[0] + (x - at[0]) * cosine - (y - at[1]) * sine,
            at[1] + (x - at[0]) * sine + (y - at[1]) * cosine,
        )
        for x, y in points
    ]


def direction(points: Sequence[Point], index: int) -> float:
    """Return the angle in which a line runs at one of its points."""
    before, after = points[max(0, index - 1)], points[min(len(points) - 1, index + 1)]
    return math.degrees(math.atan2(after[1] - before[1], after[0] - before[0]))


def _bezier(anchors: Sequence[Point], share: float) -> Point:
    while len(anchors) > 1:
        anchors = [
            (x + (u - x) * share, y + (v - y) * share)
            for (x, y), (u, v) in itertools.pairwise(anchors)
        ]
    return anchors[0]


def _scaled(points: Iterable[Point]) -> list[Point]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _shade(size: tuple[int, int], top: str, bottom: str) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)
