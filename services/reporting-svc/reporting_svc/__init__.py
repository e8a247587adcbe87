"""Reports of sessions, made from facts alone and rebuildable from the topics."""
