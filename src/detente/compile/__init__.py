"""From a scenario to a game: arrays and labels. The only place where names become axes."""

from detente.compile.model import Model, build, terms

__all__ = ["Model", "build", "terms"]
