"""Layers of a function, as Lambda unpacks them into /opt: a later one over an earlier one.

A process without privileges of its own cannot have a folder /opt of its own. So the layers lie in a
folder of the environment, and Python finds them in the order of Lambda; a file that is opened as
/opt/… is not found.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path


def merge(layers: Sequence[Path], opt: Path) -> Path:
    """Return a folder that holds the layers: a link if there is one of them, else copies."""
    if len(layers) == 1:
        opt.symlink_to(layers[0])
        return opt
    opt.mkdir()
    for layer in layers:
        shutil.copytree(layer, opt, symlinks=True, dirs_exist_ok=True, copy_function=_link)
    return opt


def python_path(task: Path, opt: Path, runtime: str) -> list[Path]:
    """Return where Python looks for modules, in this order.

    Args:
        task: Folder of the function's code.
        opt: Folder of its layers.
        runtime: Such as `python3.13`.
    """
    return [task, opt / "python" / "lib" / runtime / "site-packages", opt / "python"]


def _link(source: str, target: str) -> str:
    Path(target).unlink(missing_ok=True)
    os.link(source, target, follow_symlinks=False)
    return target
