"""MLflow's UI, opened in its view of models: an app of `mlflow server`, which `clientela ui` starts.

MLflow 3 has a view of models and one of language models, and opens each page in the second one unless the address says
`workflowType=machine_learning` or the user has switched in this browser. This app is MLflow's own; its page sets the
choice where the browser has none yet, and leaves the assistant's panel closed, which takes a quarter of the screen.
"""

import json
from pathlib import Path

from flask import Response
from mlflow.server import app as flask_app
from mlflow.server.fastapi_app import app

__all__ = ["app"]

# Keys and values of the browser's storage, as MLflow's page reads them; a browser test checks them.
CHOICES = {"mlflow.workflowType_v1": "machine_learning", "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True}
SCRIPT = (
    "<script>for (const [key, value] of Object.entries("
    + json.dumps(CHOICES)
    + ")) if (localStorage.getItem(key) === null) localStorage.setItem(key, JSON.stringify(value))</script>"
)


def page() -> Response:
    """MLflow's page, with the script before its own."""
    text = (Path(str(flask_app.static_folder)) / "index.html").read_text(encoding="utf-8")
    answer = Response(text.replace("<head>", f"<head>{SCRIPT}", 1), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


flask_app.view_functions["serve"] = page
