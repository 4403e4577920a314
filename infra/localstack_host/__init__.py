"""LocalStack on this machine without Docker; see README.md beside this file."""
