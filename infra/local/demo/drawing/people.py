"""Portraits without a face: hair, shoulders and a sun behind them."""

from typing import NamedTuple

from infra.local.demo.drawing.canvas import Canvas, Point, circle, curve, ellipse

SIDE = 800
AT: Point = (400, 350)


class Look(NamedTuple):
    """Colours of a portrait and the cut of the hair."""

    ground: tuple[str, str]
    sun: str
    skin: str
    hair: str
    clothes: str
    cut: str


def portrait(look: Look) -> Canvas:
    """Return a portrait."""
    canvas = Canvas(*look.ground, width=SIDE, height=SIDE)
    canvas.dot((520, 270), 220, look.sun)
    if look.cut in ("long", "bob"):
        canvas.shape(_back(look.cut), look.hair)
    if look.cut == "bun":
        canvas.dot((400, 130), 78, look.hair)
    shoulders = curve(
        (60, 820), (110, 560), (260, 600), (400, 580), (540, 600), (690, 560), (740, 820)
    )
    canvas.shaded([(340, 430), (460, 430), (470, 640), (330, 640)], _darker(look.skin), look.skin)
    canvas.shape(shoulders, look.clothes)
    canvas.shape([*curve((318, 586), (400, 720), (482, 586))], look.skin)
    canvas.shaded(ellipse(AT, 128, 162), look.skin, _darker(look.skin))
    _fringe(canvas, look)
    return canvas


def _back(cut: str) -> list[Point]:
    low = 690 if cut == "long" else 500
    return [*circle((400, 300), 176, 180, 360), (590, low), (210, low)]


def _fringe(canvas: Canvas, look: Look) -> None:
    if look.cut == "curly":
        for number in range(15):
            spot = circle((400, 290), 150, 168 + number * 14, 169 + number * 14)[0]
            canvas.dot(spot, 62, look.hair)
        return
    if look.cut == "cap":
        canvas.shape([*circle((400, 290), 150, 180, 360)], look.hair)
        canvas.shape(ellipse((400, 292), 168, 24), look.clothes)
        return
    top = circle((400, 300), 150, 176, 364)
    parting = curve((550, 320), (500, 200), (330, 210), (250, 330))
    canvas.shape([*top, *parting], look.hair)
    if look.cut == "beard":
        canvas.shape(
            [*circle((400, 380), 128, 8, 172), *curve((273, 398), (400, 470), (527, 398))],
            look.hair,
        )


def _darker(color: str) -> str:
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(part * 0.88):02x}" for part in parts)
