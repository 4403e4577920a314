"""Settings of pynamodb for `driven` programs, which have many threads."""

max_pool_connections = 256
