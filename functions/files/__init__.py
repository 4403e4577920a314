"""Uploads, their inspection, thumbnails and signed downloads."""
