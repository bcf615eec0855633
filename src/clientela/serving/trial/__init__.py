"""Tries every request of the API on a running server: the production server or `mlflow models serve`."""

from clientela.serving.trial.run import Result, try_api

__all__ = ["Result", "try_api"]
