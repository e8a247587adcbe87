"""The two WebSockets, for candidates and for staff."""
