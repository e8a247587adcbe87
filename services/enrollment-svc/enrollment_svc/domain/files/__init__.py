"""Files people upload: bytes in, rows out. Pure: nothing is written to a disk, nothing in a file is ever executed."""
