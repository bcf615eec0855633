"""Run by the crash test of campaigns in processes of their own: record a start, and end after so many writes."""

import os
from datetime import date
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from mlflow.tracking import MlflowClient

from clientela.campaigns.assignment import Draw, Target
from clientela.campaigns.campaign import Campaign
from clientela.settings import load_campaigns, load_settings
from clientela.workflows import campaign_start

WRITES = ("create_run", "set_tag", "log_batch", "log_artifact", "log_artifacts", "set_terminated")
CUSTOMERS = pd.Index([f"{number:03}" for number in range(200)], name="customer_id")


def record(conf: Path, name: str = "spring") -> Campaign:
    """Record the start of a campaign of 200 customers."""
    target = Target(CUSTOMERS, np.full(200, "A", dtype=object), np.zeros(200))
    free = {"consent": True, "do_not_contact": False, "unreadable_last_contact": False}
    contact = pd.DataFrame({**free, "last_contact": np.datetime64("NaT", "s")}, index=CUSTOMERS)
    draw = Draw(name, date(2024, 3, 1), 0.1, 0)
    new = Campaign(
        name=name, dataset="demo", action="coupon", start=draw.start, days=30, control=0.1, seed=0, model_version=None,
        ledger={}, digest="d",
    )  # fmt: skip
    inputs = campaign_start._Inputs(target, contact, draw)
    return campaign_start._record(new, inputs, load_settings("demo", conf=conf), load_campaigns(conf=conf))


def end_after(calls: int) -> None:
    """End this process, as a kill does, when that many writing calls are done."""
    done = 0

    def counted(call):
        def wrapper(*args, **kwargs):
            nonlocal done
            found = call(*args, **kwargs)
            done += 1
            if done == calls:
                os._exit(9)
            return found

        return wrapper

    for name in WRITES:
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))


def main(said: str, uri: str, conf: str, calls: int) -> None:
    """Record a start in the store at `uri`; what is printed goes into the file `said`."""
    file = os.open(said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(file, stream)
    mlflow.set_tracking_uri(uri)
    end_after(calls)
    record(Path(conf))
