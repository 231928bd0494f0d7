"""The draft of a traverse: edits, undo, its file."""
