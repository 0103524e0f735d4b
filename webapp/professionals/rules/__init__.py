"""Pure decisions about schemes and numbers, names, states, documents and registry rows."""
