"""All generated files that Python writes, by one process.

python -m infra.generate    write the OpenAPI document, the event schemas and the access matrix
"""

from pathlib import Path

from infra import access_matrix, event_schemas, openapi
from infra.generated import write_or_check
from infra.paths import OPENAPI


def all_files() -> dict[Path, str]:
    """Return the text of each generated file by its path."""
    return {
        OPENAPI: openapi.text(),
        **event_schemas.contracts(),
        access_matrix.FILE: access_matrix.write(access_matrix.load()),
    }


if __name__ == "__main__":
    write_or_check(all_files(), check=False)
