"""Rules of social. Pure: no AWS, no HTTP, no clock."""
