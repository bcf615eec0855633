"""Every request of the API, tried against a server that runs somewhere: the production server or MLflow's."""

from clientela.serving.trial.run import Result, try_api

__all__ = ["Result", "try_api"]
