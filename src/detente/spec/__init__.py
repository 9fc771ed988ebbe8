"""The scenario language: models, expressions, rules and the reader. Imports neither numpy nor jax."""
