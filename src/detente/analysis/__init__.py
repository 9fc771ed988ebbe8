"""Analyses of a case: each takes a Case and returns a labelled Dataset, which charts and findings then read."""
