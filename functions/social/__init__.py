"""Social: an artist's accounts at Instagram, Facebook, Google and CalDAV servers."""
