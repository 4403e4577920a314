"""pynamodb's settings for `driven` programs, which have many threads."""

max_pool_connections = 256
