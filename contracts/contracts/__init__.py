"""What Examhall's services share about each other: names, facts, commands and resources.

Pydantic models and plain constants only. Nothing in this package does I/O, reads a clock or draws a random number.
"""
