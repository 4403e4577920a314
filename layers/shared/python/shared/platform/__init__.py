"""The platform: configuration, AWS clients, logs, correlation ids, time."""
