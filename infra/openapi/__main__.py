"""Command line of the OpenAPI document.

python -m infra.openapi                   write docs/openapi.json
python -m infra.openapi --check           fail when it would change
python -m infra.openapi --lint [FEATURE]  list what is not described
"""

import sys

from infra.generated import write_or_check
from infra.openapi import descriptions, text
from infra.paths import OPENAPI


def main(arguments: list[str]) -> None:
    """Run one command."""
    if "--lint" not in arguments:
        write_or_check({OPENAPI: text()}, check="--check" in arguments)
        return
    features = [argument for argument in arguments if not argument.startswith("--")]
    gaps = descriptions.gaps(*features)
    print("\n".join(gaps))
    sys.exit(f"{len(gaps)} gaps" if gaps else 0)


main(sys.argv[1:])
