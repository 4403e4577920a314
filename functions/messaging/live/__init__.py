"""Real time: WebSocket connections of members' devices, and the frames that travel on them."""
