"""``python -m detente.cli``."""

from detente.cli import main

main(prog_name="detente")
