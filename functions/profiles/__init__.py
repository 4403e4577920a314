"""People, artists' pages, search, portfolios, boards, reviews and vouchers."""
