"""Pure rules of scoring: no I/O, no clock; `now` and ids are arguments."""
