"""The rules of talking in a session. Pure: no I/O, and `now` and ids are arguments."""
