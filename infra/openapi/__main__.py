"""Command line of the OpenAPI document.

python -m infra.openapi                   write docs/openapi.json
python -m infra.openapi --check           fail when it would change
python -m infra.openapi --lint [FEATURE]  list what is not described
"""

import sys

from infra.generated import write_or_check
from infra.openapi import gaps, text
from infra.paths import OPENAPI


def main(arguments: list[str]) -> None:
    """Run one command."""
    if "--lint" not in arguments:
        write_or_check({OPENAPI: text()}, check="--check" in arguments)
        return
    features = [argument for argument in arguments if not argument.startswith("--")]
    found = gaps.find(*features)
    print("\n".join(found))
    sys.exit(f"{len(found)} gaps" if found else 0)


main(sys.argv[1:])
