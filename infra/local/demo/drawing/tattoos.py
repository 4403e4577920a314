"""Fine lines, plants and dots, on paper and on skin."""

import math

from infra.local.demo.drawing.canvas import (
    BLUSH,
    HEIGHT,
    INK,
    OCHRE,
    PAPER,
    SAGE,
    TERRACOTTA,
    WIDTH,
    Canvas,
    Point,
    around,
    circle,
    curve,
    direction,
    leaf,
)

CENTRE = (WIDTH / 2, HEIGHT / 2)
GOLDEN_ANGLE = 137.508


def paper() -> Canvas:
    """Return a sheet of paper."""
    return Canvas("#f7f0e3", "#eee2cd")


def arm(skin: str = "#e2b596", shade: str = "#c98f6d", wall: str = "#d9cbb6") -> Canvas:
    """Return a forearm in front of a wall."""
    canvas = Canvas(wall, "#c5b49b")
    left = curve((255, -40), (215, 450), (330, 820), (345, 1300))
    right = curve((672, 1300), (690, 820), (800, 450), (765, -40))
    canvas.shaded([(x - 14, y) for x, y in left] + right, shade, shade, blur=16)
    canvas.shaded([(x + 26, y) for x, y in left] + [(x - 40, y) for x, y in right], skin, skin, 34)
    return canvas


def fern(canvas: Canvas) -> Canvas:
    """Draw a fern with two young fronds."""
    spine = curve((470, 1130), (520, 800), (430, 480), (610, 150))
    canvas.taper(spine, INK, 6, 2)
    for index in range(9, len(spine) - 1, 2):
        length = 215 * math.sin(math.pi * (0.12 + 0.86 * (index / len(spine)))) ** 0.8
        for side in (-1, 1):
            _pinna(canvas, spine[index], length, direction(spine, index) + side * 58, side)
    for base, turn in (((468, 1110), -1), ((480, 1090), 1)):
        _crozier(canvas, base, turn)
    return canvas


def _pinna(canvas: Canvas, base: Point, length: float, degrees: float, side: int) -> None:
    tip = around(around(base, length * 0.6, degrees), length * 0.4, degrees - side * 22)
    rib = curve(base, around(base, length * 0.6, degrees), tip, steps=20)
    canvas.lines(rib, INK, 2)
    for index in range(2, 20, 2):
        size = length * 0.17 * (1 - index / 26)
        for turn in (-62, 62):
            canvas.shape(leaf(rib[index], size, 32, direction(rib, index) + turn), INK)


def _crozier(canvas: Canvas, base: Point, turn: int) -> None:
    eye = (base[0] + turn * 210, base[1] - 260)
    spiral = [around(eye, 64 * (1 - s / 90), 90 - turn * 90 - turn * s * 8) for s in range(84)]
    stem = curve(base, (base[0] + turn * 60, base[1] - 120), (eye[0] + turn * 4, base[1] - 90))
    canvas.taper([*stem, *spiral], INK, 5, 2)


def branch(canvas: Canvas) -> Canvas:
    """Draw an olive branch, its leaves half of them filled."""
    spine = curve((320, 1130), (420, 850), (560, 600), (620, 270))
    canvas.taper(spine, INK, 7, 3)
    for number, index in enumerate(range(8, len(spine), 4)):
        side = -1 if number % 2 else 1
        degrees = direction(spine, index) + side * 44
        shape = leaf(spine[index], 225 - index, 26, degrees)
        if number % 3 == 0:
            canvas.shape(shape, INK)
        canvas.lines(shape, INK, 3)
        rib = curve(spine[index], around(spine[index], (225 - index) * 0.86, degrees), steps=8)
        canvas.lines(rib, PAPER if number % 3 == 0 else INK, 2)
        if number % 4 == 1:
            berry = around(spine[index], 74, direction(spine, index) - side * 70)
            canvas.lines((spine[index], berry), INK, 2)
            canvas.dot(berry, 15, INK)
    return canvas


def umbel(canvas: Canvas) -> Canvas:
    """Draw a wild carrot."""
    stem = curve((520, 1150), (480, 900), (540, 760), (500, 560))
    canvas.taper(stem, INK, 6, 4)
    for number in range(17):
        degrees = -90 + (number - 8) * 9.5
        end = around((500, 560), 330 - abs(number - 8) * 9, degrees)
        canvas.lines(curve((500, 560), around((500, 540), 150, degrees * 0.9 - 9), end), INK, 2.4)
        for small in range(11):
            tip = around(end, 50 - abs(small - 5) * 3, degrees + (small - 5) * 24)
            canvas.lines((end, tip), INK, 1.5)
            canvas.dot(tip, 6 + small % 3, INK)
    for index, side in ((14, -1), (22, 1), (34, -1)):
        for number in range(5):
            degrees = direction(stem, index) + side * (34 + number * 16)
            canvas.lines(leaf(stem[index], 190 - number * 26, 12, degrees), INK, 2.4)
    return canvas


def moon(canvas: Canvas) -> Canvas:
    """Draw a moon in its phases over a ridge."""
    for number, height in enumerate((250, 320, 250, 320, 250)):
        at = (180 + number * 160, height + 40 * abs(number - 2) - 30)
        canvas.ring(at, 54 if number != 2 else 78, INK, 3)
    canvas.dot((500, 220), 70, INK)
    for row in range(26):
        line = [(x, _ridge(x, row)) for x in range(140, 861, 5)]
        canvas.shape([*line, (860, 1300), (140, 1300)], "#f2e8d7")
        canvas.lines(line, INK, 2.4)
    return canvas


def _ridge(x: float, row: int) -> float:
    hill = math.exp(-(((x - 500) / 150) ** 2))
    rough = math.sin(x / 31 + row * 1.7) + math.sin(x / 17 - row * 2.3) + math.sin(x / 57 + row)
    return 540 + row * 23 - hill * (60 + 34 * rough + 3 * row)


def sunflower(canvas: Canvas, radius: float = 420) -> Canvas:
    """Draw dots in the order of a sunflower's seeds."""
    for seed in range(1, 760):
        share = seed / 760
        at = around(CENTRE, radius * math.sqrt(share), seed * GOLDEN_ANGLE)
        wave = 0.55 + 0.45 * math.sin(share * 19)
        size = (2.2 + 8.2 * wave * (0.35 + share)) * radius / 420
        canvas.dot(at, size, TERRACOTTA if seed % 13 == 0 else INK)
    return canvas


def mandala(canvas: Canvas, color: str = INK, accent: str = OCHRE) -> Canvas:
    """Draw a rosette of petals, arches and dots."""
    rings = ((120, 8, 26), (210, 16, 20), (310, 16, 24), (415, 32, 15))
    for number, (radius, count, breadth) in reversed(list(enumerate(rings))):
        for petal in range(count):
            degrees = 360 / count * (petal + number % 2 / 2)
            base = around(CENTRE, radius * 0.42, degrees)
            outer = leaf(base, radius * 0.6, breadth * 1.5, degrees)
            canvas.shape(outer, "#f4eadb")
            canvas.lines(outer, color, 3)
            inner = leaf(around(base, 14, degrees), radius * 0.4, breadth, degrees)
            canvas.shape(inner, accent if number % 2 else color)
            canvas.dot(around(CENTRE, radius * 1.06, degrees), 5, color)
    canvas.dot(CENTRE, 46, color)
    canvas.dot(CENTRE, 26, accent)
    for petal in range(48):
        canvas.dot(around(CENTRE, 462, petal * 7.5), 4.5, color)
    return canvas


def current(canvas: Canvas) -> Canvas:
    """Draw lines that flow around two stones."""
    stones = ((390, 470, 130), (640, 860, 95))
    for row in range(44):
        at = (100.0, 130 + row * 23.0)
        line = [at]
        while at[0] < WIDTH - 100:
            at = _step(at, stones)
            line.append(at)
        canvas.lines(line, INK, 2.2)
    for x, y, size in stones:
        canvas.dot((x, y), size - 14, "#f2e8d7")
        canvas.ring((x, y), size - 14, INK, 3)
        for ring in range(3):
            canvas.lines(circle((x, y), size - 40 - ring * 18, 200, 320), SAGE, 3)
    return canvas


def _step(at: Point, stones: tuple[tuple[float, float, float], ...]) -> Point:
    # The potential flow around a cylinder, for each stone.
    across, down = 1.0, 0.0
    for x, y, size in stones:
        dx, dy = at[0] - x, at[1] - y
        far = max(dx * dx + dy * dy, size * size)
        across += -size * size * (dx * dx - dy * dy) / far**2
        down += -size * size * 2 * dx * dy / far**2
    return at[0] + 5 * across, at[1] + 5 * down


def peony(canvas: Canvas) -> Canvas:
    """Draw a peony, in line and colour."""
    at = (500, 520)
    stem = curve(at, (560, 800), (450, 950), (480, 1180))
    canvas.taper(stem, INK, 5, 6)
    for index, side in ((24, 1), (32, -1), (42, 1)):
        shape = leaf(stem[index], 260, 34, direction(stem, index) + 180 + side * 52)
        canvas.shape(shape, SAGE, 0.75)
        canvas.lines(shape, INK, 3)
    for ring, (radius, count) in enumerate(((330, 9), (255, 8), (180, 7), (105, 5))):
        for petal in range(count):
            degrees = 360 / count * petal + ring * 21
            shape = leaf(around(at, 12, degrees), radius, 62, degrees)
            canvas.shape(shape, (BLUSH, "#dfa794", "#d18a76", TERRACOTTA)[ring], 0.92)
            canvas.lines(shape, INK, 3)
    for seed in range(24):
        canvas.dot(around(at, 9 * math.sqrt(seed), seed * GOLDEN_ANGLE), 5, OCHRE)
    return canvas
