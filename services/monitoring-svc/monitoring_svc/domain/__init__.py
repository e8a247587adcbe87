"""The rules of an attempt. Pure: no I/O, no clock, no randomness; a command's own time is the only time there is."""
