"""Names that people give their files: shown and offered for downloads, never part of a key."""

import re
import unicodedata
from urllib.parse import quote

from files.rules.file_types import TYPES

LONGEST = 150
NAMELESS = "file"


def cleaned(name: str, content_type: str) -> str:
    """The name without folders, control and direction characters, ending as its type does.

    So `../../photo.exe` of a JPEG becomes `photo.exe.jpg`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if char.isspace() else char for char in last if _is_shown(char))
    shown = re.sub(" +", " ", shown).strip(" ").rstrip(" .")
    extensions = TYPES[content_type].extensions
    stem, ending = shown, extensions[0]
    for extension in extensions:
        if shown.lower().endswith(extension):
            stem, ending = shown[: -len(extension)], shown[-len(extension) :]
            break
    return (stem[:LONGEST].strip(" .") or NAMELESS) + ending


def attachment(name: str) -> str:
    """Content-Disposition by which a browser saves the file under its name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%;]', "_", plain)
    if not plain.rpartition(".")[0].strip():
        plain = NAMELESS + plain[plain.rfind(".") :] if "." in plain else NAMELESS
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_shown(char: str) -> bool:
    # C*: control, format (direction overrides among them), surrogate, private, unassigned.
    return char.isspace() or not unicodedata.category(char).startswith("C")
