"""Pure decisions: which words may tell of an adverse event, and the terms that reactions are coded by."""
