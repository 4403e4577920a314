"""Rules that several features must compute alike. Pure: nothing here does I/O or reads a clock."""
