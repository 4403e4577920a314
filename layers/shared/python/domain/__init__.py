"""Rules and values that several features must compute alike. Pure: no I/O, no clock."""
