"""What happens now: the connections of members' devices, what they say and what they hear."""
