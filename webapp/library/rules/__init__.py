"""Pure decisions: which files are taken, what text they hold, where a passage stands."""
