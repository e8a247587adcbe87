"""`python -m examhall` is `examhall`."""

from examhall.cli import main

main()
