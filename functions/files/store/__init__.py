"""The only modules that talk to this feature's database."""
