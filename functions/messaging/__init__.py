"""Conversations between artists and clients, over HTTP and WebSocket."""
