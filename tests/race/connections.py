"""pynamodb's settings for the driver (`PYNAMODB_CONFIG`): its many threads share one client.

A container on Lambda serves one request at a time, so production needs no more than the usual ten.
"""

max_pool_connections = 256
