"""Command line of infra.new_feature.

python -m infra.new_feature create NAME [RECORD]    create a feature, such as `ratings`
python -m infra.new_feature remove NAME [RECORD]    remove what was created
"""

import sys

from infra.new_feature.generator import create, remove
from infra.new_feature.names import NameRefused, names_of

COMMANDS = {"create": create, "remove": remove}


def main(arguments: list[str]) -> None:
    """Run the command."""
    match arguments:
        case [("create" | "remove") as command, feature, *rest] if len(rest) <= 1:
            try:
                changed = COMMANDS[command](names_of(feature, *rest))
            except NameRefused as refusal:
                sys.exit(str(refusal))
            for path in changed:
                print(f"{command}d {path}")
            if command == "create":
                print("Next: `make lint`, `make up`, and docs/adding-a-feature.md.")
        case _:
            sys.exit((__doc__ or "").strip())


if __name__ == "__main__":
    main(sys.argv[1:])
