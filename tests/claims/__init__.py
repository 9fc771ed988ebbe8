"""Claims about the two bundled cases: what moves, what is read, which sign is expected, and what the model answers.

A claim that fails is a finding and is reported as one; no number is chosen to make a claim hold.
"""
