"""Rules of appointments: pure functions without I/O, HTTP or a clock."""
