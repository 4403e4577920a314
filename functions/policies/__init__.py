"""An artist's policies: drafts, published versions, and the acceptances of them."""
