"""Shards: a fixed number of partitions that together hold what would make a single one hot.

A key always has the same shard, so what must stay in order stays in one partition. Everything is
found by one query for each partition instead of a scan.
"""

from zlib import crc32

OUTBOX = "OUTBOX"  # name of the partitions of events to publish
SHARDS = 8  # it may be raised, never lowered: the partitions above would no longer be read


def shard_partition(name: str, key: str) -> str:
    """Return the partition of a key, such as `DUE#3`."""
    return f"{name}#{crc32(key.encode()) % SHARDS}"


def shard_partitions(name: str) -> list[str]:
    """Return all partitions of this name."""
    return [f"{name}#{shard}" for shard in range(SHARDS)]
