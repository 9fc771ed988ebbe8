"""What an answer costs, measured beside something else in the same run: `make bench`."""
