"""Pure reading of labels, and what differs between two texts."""
