"""Telling people: by mail, SMS and Web Push, through one queue and worker per channel."""
