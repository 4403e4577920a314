"""People, artists' pages, search, portfolios, boards, clients, reviews and vouchers."""
