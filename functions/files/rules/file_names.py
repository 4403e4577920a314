"""File names as people give them: shown, and offered for downloads, but never part of a key."""

import re
import unicodedata
from urllib.parse import quote

from files.rules.file_types import TYPES

MAX_STEM = 150
DEFAULT_STEM = "file"


def clean_name(name: str, content_type: str) -> str:
    """Return the name without folders and control characters, with an extension of its type.

    For a JPEG, `../../photo.exe` becomes `photo.exe.jpg`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(" " if char.isspace() else char for char in last if _is_printable(char))
    shown = re.sub(" +", " ", shown).strip(" ").rstrip(" .")
    extensions = TYPES[content_type].extensions
    stem, ending = shown, extensions[0]
    for extension in extensions:
        if shown.lower().endswith(extension):
            stem, ending = shown[: -len(extension)], shown[-len(extension) :]
            break
    return (stem[:MAX_STEM].strip(" .") or DEFAULT_STEM) + ending


def drop_extension(name: str) -> str:
    """Return a name that `clean_name` made without its extension."""
    return name.rpartition(".")[0]


def content_disposition(name: str) -> str:
    """Return the header by which a browser saves the file under its name (RFC 6266, RFC 8187)."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r'["\\%;]', "_", plain)
    if not plain.rpartition(".")[0].strip():
        plain = DEFAULT_STEM + plain[plain.rfind(".") :] if "." in plain else DEFAULT_STEM
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _is_printable(char: str) -> bool:
    # C*: control, format (direction overrides among them), surrogate, private, unassigned.
    return char.isspace() or not unicodedata.category(char).startswith("C")
