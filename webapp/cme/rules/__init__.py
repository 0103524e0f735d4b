"""Pure decisions about activities: their files, scores, steps, credit and figures."""
