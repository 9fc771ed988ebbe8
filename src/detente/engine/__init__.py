"""The solution of a game: backward for values and choices, forward for probabilities. Knows arrays, never names."""
