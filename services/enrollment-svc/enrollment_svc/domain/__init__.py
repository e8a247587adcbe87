"""The rules of having a place in a session. Pure: no I/O, and `now`, ids and codes are arguments."""
