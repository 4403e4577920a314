"""What this feature stores."""
