"""Domain events: outbox, queues and sweeps."""
