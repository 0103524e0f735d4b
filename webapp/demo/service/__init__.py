"""Makes the sample world, step by step; each step finds what is there already and does not do it again."""
