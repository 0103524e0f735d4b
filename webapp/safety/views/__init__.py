"""Pages of reporters, safety officers and desks."""
