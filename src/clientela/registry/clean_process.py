"""Run by the probe in a process of its own: load a version and ask it. It imports nothing of clientela."""

import json
import sys

import mlflow
import pandas as pd


def main(folder: str) -> None:
    """Load the version in `folder`, ask it the ids on the standard input, say what it answers line by line."""
    ids = json.load(sys.stdin)
    model = mlflow.pyfunc.load_model(folder)
    _say({"loaded": True})
    frame = pd.DataFrame({"customer_id": ids}, dtype=object)
    _say({"plain": model.predict(frame)})
    _say({"detailed": model.predict(frame, params={"detail": True})})


def _say(result: object) -> None:
    sys.stdout.write(f"result: {json.dumps(result)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
