"""The platform: AWS clients, settings, clock and logs."""
