"""WebSockets: declared actions, and open connections."""
