"""Pure rules of profiles: no AWS, no HTTP, no clock."""
