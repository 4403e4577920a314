"""Bound of the memory that the inspection of a file may take.

Decoders are libraries in C, and a small file can make them ask for a lot. A limit of the process's
address space (setrlimit(2), RLIMIT_AS) makes such a request fail, so that the file is rejected
instead of the function being stopped. The headroom is part of what the function is given.
"""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from files.inspection.rejection import Rejected
from files.models import RejectionReason

MIB = 1024 * 1024
# The function has 3008 MiB, of which the runtime and the libraries take less than 400.
HEADROOM = 2560 * MIB
_STATM = Path("/proc/self/statm")  # proc(5): the first number is the size in pages


@contextmanager
def bounded(headroom: int | None = None) -> Iterator[None]:
    """Bound what the process may ask for within the `with` block; only Linux can.

    Args:
        headroom: Bytes beyond those that the process has; `HEADROOM` by default.

    Raises:
        Rejected: The block asked for more.
    """
    if not sys.platform.startswith("linux"):
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(_STATM.read_text().split()[0]) * resource.getpagesize()
    limit = used + (HEADROOM if headroom is None else headroom)
    within = [limit, *(each for each in (soft, hard) if each != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_AS, (min(within), hard))
    try:
        yield
    except MemoryError:
        raise Rejected(RejectionReason.TOO_COMPLEX) from None
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
