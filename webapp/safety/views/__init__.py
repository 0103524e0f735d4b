"""Pages: telling of a side effect, and the safety officers' work."""
