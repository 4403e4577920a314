"""Draws every picture of the demo data."""

from infra.local.demo.drawing import colours, tattoos
from infra.local.demo.drawing.canvas import BLUSH, DUSK, OCHRE, PLUM, SAGE, TERRACOTTA, Canvas
from infra.local.demo.drawing.people import Look, portrait
from infra.local.demo.pictures import FOLDER

_WARM, _ROSE, _NIGHT = ("#f0dfc9", "#e0b995"), ("#f3dccf", "#dfae9b"), ("#e7d3c5", "#b98d7b")


def draw() -> dict[str, Canvas]:
    """Return the pictures by their names."""
    paper, arm = tattoos.paper, tattoos.arm
    return {
        "ari-fern": tattoos.fern(arm()),
        "ari-branch": tattoos.branch(paper()),
        "ari-carrot": tattoos.umbel(arm("#c99472", "#a9714f", "#cfc6b4")),
        "ari-moon": tattoos.moon(paper()),
        "ari-stones": tattoos.current(paper()),
        "ari-peony": tattoos.peony(paper()),
        "juno-sunflower": tattoos.sunflower(paper()),
        "juno-rosette": tattoos.mandala(paper()),
        "juno-arm": tattoos.sunflower(arm("#b98662", "#96633f", "#d8d0c2"), radius=190),
        "juno-blue": tattoos.mandala(Canvas("#e4e8ea", "#ced6dc"), DUSK, TERRACOTTA),
        "noor-henna": tattoos.mandala(Canvas("#f1d9c6", "#dcb498"), "#6a3320", "#a8562f"),
        "noor-vine": tattoos.branch(Canvas("#ecd3bd", "#d9b292")),
        "noor-flower": tattoos.peony(Canvas("#f4e6d6", "#e3c4a8")),
        "mira-dusk": colours.eye(PLUM, "#d59a86", _WARM),
        "mira-sage": colours.eye(SAGE, "#d8cfa8", _ROSE),
        "mira-lips": colours.lips("#c0493f", "#8a2b30", _ROSE),
        "mira-swatches": colours.swatches(),
        "mira-strokes": colours.strokes(TERRACOTTA, BLUSH, OCHRE, PLUM),
        "mira-study": colours.portrait_study(_NIGHT, "#dca27f", OCHRE),
        "halm-strings": colours.strings(),
        "halm-record": colours.record(),
        "halm-score": colours.score(),
        "halm-concert": colours.city_at_night(),
        "cleo-idea": tattoos.fern(Canvas("#dfe5d8", "#c6d0ba")),
        "cleo-colours": colours.strokes(SAGE, "#a8b391", OCHRE),
        "cleo-transfer": colours.notice(DUSK),
        "avatar-ari": portrait(
            Look(("#d9d2bf", "#b9b496"), OCHRE, "#dba581", "#2c2320", "#39423a", "bun")
        ),
        "avatar-juno": portrait(
            Look(("#c9d3d6", "#9fb0b8"), TERRACOTTA, "#8a5a41", "#1f1917", "#e8d9bf", "curly")
        ),
        "avatar-noor": portrait(
            Look(("#ecd0bb", "#d3a586"), PLUM, "#b67c58", "#2a1b18", "#7c3b2c", "long")
        ),
        "avatar-mira": portrait(
            Look(("#f0d9d0", "#d8a699"), "#f6ead8", "#e0ad8d", "#7b4a2c", "#6d3f4c", "bob")
        ),
        "avatar-halm": portrait(
            Look(("#4b596b", "#2d3847"), OCHRE, "#e3b796", "#5f4630", "#1c222b", "beard")
        ),
        "avatar-cleo": portrait(
            Look(("#dfe2cf", "#b7bf9c"), "#f3dfae", "#e8bd9e", "#a3532f", "#47566d", "bob")
        ),
        "avatar-sam": portrait(
            Look(("#e6d5c0", "#cdb18c"), SAGE, "#a8714f", "#241c19", "#d0a24e", "cap")
        ),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, canvas in draw().items():
        canvas.save(FOLDER / f"{name}.webp")
