"""Colour fields of make-up, and graphic scores of music."""

import math

from infra.local.demo.drawing.canvas import (
    BLUSH,
    DUSK,
    HEIGHT,
    INK,
    OCHRE,
    PAPER,
    PLUM,
    SAGE,
    TERRACOTTA,
    Canvas,
    around,
    circle,
    curve,
    ellipse,
)


def eye(lid: str, light: str, ground: tuple[str, str]) -> Canvas:
    """Return an eye with shadow of a colour and a line of ink."""
    canvas = Canvas(*ground)
    upper = curve((170, 690), (330, 420), (640, 400), (850, 640))
    lower = curve((850, 640), (690, 800), (350, 820), (170, 690))
    shadow = curve((130, 640), (290, 190), (720, 170), (930, 560))
    canvas.shaded([*shadow, *reversed(upper)], lid, light, blur=26)
    canvas.shape(upper + lower, "#fbf4ea")
    canvas.dot((510, 625), 128, DUSK)
    canvas.dot((510, 625), 60, INK)
    canvas.dot((548, 585), 22, "#ffffff")
    canvas.shape([*curve((120, 300), (300, -20), (900, -20), (960, 560)), *reversed(upper)], lid, 0)
    canvas.taper(upper, INK, 9, 22)
    canvas.taper(curve((850, 640), (900, 620), (950, 560)), INK, 20, 3)
    canvas.lines(lower, INK, 3)
    for number in range(4, 58, 3):
        x, y = upper[number]
        lean = (number - 26) * 2.4
        tip = (x + lean, y - 70 - number * 0.8)
        canvas.taper(curve((x, y), (x + lean * 0.2, y - 40), tip, steps=10), INK, 5, 1.5)
    canvas.taper(curve((180, 330), (400, 130), (660, 130), (880, 300)), "#4a352b", 30, 8)
    return canvas


def lips(color: str, deep: str, ground: tuple[str, str]) -> Canvas:
    """Return lips."""
    canvas = Canvas(*ground)
    bow = curve((150, 640), (330, 500), (440, 420), (500, 500)) + curve(
        (500, 500), (560, 420), (670, 500), (850, 640)
    )
    middle = curve((850, 640), (660, 610), (500, 700), (340, 610), (150, 640))
    bottom = curve((150, 640), (320, 900), (680, 900), (850, 640))
    canvas.shaded(bow + middle, deep, color)
    canvas.shaded(
        [*bottom, *curve((850, 640), (660, 625), (500, 715), (340, 625), (150, 640))], color, deep
    )
    canvas.shaded(ellipse((520, 755), 120, 22), "#f6d5c8", color, blur=14)
    canvas.taper(middle, "#3d1a1d", 4, 4)
    return canvas


def swatches() -> Canvas:
    """Return pigments that overlap."""
    canvas = Canvas("#f6efe4", "#efe0cf")
    fields = (
        ((360, 380), 250, TERRACOTTA),
        ((650, 470), 220, OCHRE),
        ((430, 760), 270, BLUSH),
        ((690, 880), 190, PLUM),
        ((260, 1010), 130, SAGE),
    )
    for at, radius, color in fields:
        canvas.shape(ellipse(at, radius, radius * 0.94, 20), color, 0.82)
    canvas.lines(curve((120, 1120), (420, 500), (560, 900), (900, 160)), INK, 3)
    return canvas


def strokes(*colors: str) -> Canvas:
    """Return strokes of a brush, one below the other."""
    canvas = Canvas("#faf4ea", "#f0e4d3")
    for row, color in enumerate(colors):
        top = 150 + row * (960 / len(colors))
        thick = 760 / len(colors)
        for hair in range(46):
            y = top + thick * hair / 46
            bend = 26 * math.sin(row + hair / 9)
            begin = 120 + 26 * math.sin(hair * 1.9 + row)
            end = 880 + 46 * math.sin(hair * 2.7 + row * 2)
            line = curve((begin, y), (400, y - 40 + bend), (640, y + 40), (end, y + bend / 3))
            canvas.lines(line, color, thick / 46 * (0.85 + 0.6 * math.sin(hair * 5.3) ** 2))
    return canvas


def portrait_study(ground: tuple[str, str], skin: str, accent: str) -> Canvas:
    """Return a face in profile, in planes of colour."""
    canvas = Canvas(*ground)
    canvas.dot((620, 430), 300, accent)
    face = [
        *curve((430, 1250), (440, 1120), (330, 1060), (350, 960)),
        *curve((350, 960), (300, 960), (270, 930), (295, 890)),
        *curve((295, 890), (250, 860), (270, 835), (292, 815)),
        *curve((292, 815), (215, 800), (215, 770), (290, 640)),
        *curve((290, 640), (270, 560), (300, 330), (560, 300)),
        *curve((560, 300), (860, 320), (850, 760), (720, 900)),
        *curve((720, 900), (690, 1010), (730, 1100), (800, 1250)),
    ]
    canvas.shaded(face, skin, "#c08463")
    hair = [
        *curve((300, 520), (330, 250), (560, 190), (740, 260)),
        *curve((740, 260), (960, 380), (900, 800), (760, 960)),
        *curve((760, 960), (700, 820), (640, 760), (620, 640)),
        *curve((620, 640), (520, 560), (400, 520), (300, 520)),
    ]
    canvas.shape(hair, "#33241f")
    canvas.shaded(ellipse((430, 800), 95, 60, -20), "#d9806c", "#d9806c", blur=26)
    canvas.taper(curve((318, 640), (360, 610), (420, 622)), INK, 3, 10)
    canvas.taper(curve((318, 560), (370, 520), (450, 545)), "#33241f", 6, 14)
    canvas.shape(
        curve((288, 862), (330, 850), (372, 886)) + curve((372, 886), (330, 912), (292, 902)),
        TERRACOTTA,
    )
    canvas.ring((690, 830), 26, OCHRE, 8)
    return canvas


def strings() -> Canvas:
    """Return strings that vibrate."""
    canvas = Canvas("#24303f", "#3c4a5c")
    for row in range(9):
        y = 190 + row * 108
        for wave in range(9):
            height = 44 * math.sin(math.pi * (wave + 1) / 10)
            line = [
                (
                    x,
                    y
                    + height * math.sin((row % 4 + 1) * math.pi * (x - 90) / 820) * (wave - 4) / 4,
                )
                for x in range(90, 911, 5)
            ]
            canvas.lines(line, OCHRE if row == 4 else "#e9dcc4", 1.6)
        canvas.dot((90, y), 8, TERRACOTTA)
        canvas.dot((910, y), 8, TERRACOTTA)
    return canvas


def record() -> Canvas:
    """Return a record that turns."""
    canvas = Canvas("#e8d9bf", "#d8b98a")
    at = (500, 600)
    canvas.dot(at, 430, "#2a2420")
    for ring in range(26):
        canvas.ring(at, 190 + ring * 9, "#4b413a" if ring % 5 else "#7a6a5b", 2)
    for turn in (210, 30):
        fan = [at, *circle(at, 424, turn, turn + 26)]
        canvas.shape(fan, "#f3eadb", 0.12)
    canvas.dot(at, 160, TERRACOTTA)
    canvas.dot(around(at, 70, 220), 46, OCHRE)
    canvas.dot(at, 18, PAPER)
    canvas.taper(curve((910, 130), (900, 420), (820, 600), (735, 700)), INK, 14, 10)
    canvas.dot((910, 130), 46, INK)
    return canvas


def score() -> Canvas:
    """Return a graphic score."""
    canvas = Canvas("#f7f0e3", "#ecdfc9")
    for system in range(4):
        for line in range(5):
            y = 170 + system * 260 + line * 26
            bend = 22 * math.sin(system * 1.3)
            canvas.lines(curve((110, y), (380, y - 40 + bend), (640, y + 46), (890, y)), INK, 2)
        for note in range(9):
            x = 160 + note * 84
            y = 170 + system * 260 + 26 * ((note * 5 + system * 3) % 6) + 10
            color = (TERRACOTTA, DUSK, OCHRE, INK, SAGE)[(note + system * 2) % 5]
            canvas.dot((x, y), 12 + 7 * ((note * 7 + system) % 4), color)
    return canvas


def city_at_night() -> Canvas:
    """Return a concert's light over a hall."""
    canvas = Canvas("#1d2430", "#5b3a42")
    for beam in range(7):
        left = around((500, 130), 1250, 60 + beam * 10 - 5)
        right = around((500, 130), 1250, 60 + beam * 10)
        canvas.shape([(500, 130), left, right], (OCHRE, BLUSH, TERRACOTTA)[beam % 3], 0.26)
    canvas.dot((500, 130), 60, "#f8e7c2")
    for number in range(60):
        x = -20 + number * 18
        y = 1120 + 44 * math.sin(number * 2.1) + 26 * math.sin(number * 0.7)
        canvas.dot((x, y), 34, "#15171d")
        canvas.shape([(x - 34, y), (x + 34, y), (x + 40, HEIGHT), (x - 40, HEIGHT)], "#15171d")
    canvas.shape([(440, 1010), (560, 1010), (550, 820), (450, 820)], "#15171d")
    canvas.dot((500, 780), 46, "#15171d")
    canvas.lines(((540, 860), (640, 780), (700, 800)), "#15171d", 16)
    return canvas


def notice(color: str) -> Canvas:
    """Return a slip of paper such as a bank prints."""
    canvas = Canvas("#e9e2d6", "#d9cfbf")
    canvas.shape([(170, 180), (830, 180), (830, 1080), (170, 1080)], "#fffdf8")
    canvas.shape([(170, 180), (830, 180), (830, 300), (170, 300)], color)
    for row in range(8):
        width = 420 if row % 3 else 560
        canvas.lines(((220, 400 + row * 78), (220 + width, 400 + row * 78)), "#c8bda9", 14)
    canvas.dot((700, 960), 60, SAGE)
    canvas.lines(((672, 960), (694, 984), (732, 936)), "#fffdf8", 10)
    return canvas
