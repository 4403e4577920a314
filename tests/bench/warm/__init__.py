"""The feature of `make bench` whose requests are measured in a warm container."""
