"""gunicorn's own settings of the production server, which `clientela serve` starts.

The rest is in server.yaml.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from clientela.processes import folder_prefix

# Before prometheus_client is imported: where the workers keep their figures, of this start only.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=folder_prefix("metrics"))
FIGURES, MASTER = os.environ["PROMETHEUS_MULTIPROC_DIR"], os.getpid()
os.environ["CLIENTELA_CONF"] = str(Path(__file__).resolve().parent)


def _clear():
    if os.getpid() == MASTER:
        shutil.rmtree(FIGURES, ignore_errors=True)


atexit.register(_clear)

from clientela.errors import ClientelaError  # noqa: E402
from clientela.settings import load_server  # noqa: E402

try:
    _settings = load_server(conf=Path(os.environ["CLIENTELA_CONF"]))
except ClientelaError as error:
    raise SystemExit(str(error)) from error

wsgi_app = "clientela.serving.app:app"
worker_class = "clientela.serving.worker.Worker"  # strict parsing; closes idle and slow connections
bind = _settings.bind
workers = _settings.workers
preload_app = True  # code is imported once; each worker opens the champion itself
timeout = 60  # of a worker that does not answer its master
control_socket_disable = True  # gunicornc is not used
keepalive = 65  # longer than a load balancer's 60, so that it is not the server that hangs up


def when_ready(server):
    """Take the master, which serves nobody, out of the gauges."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(os.getpid())


def child_exit(server, worker):
    """Take a worker that has ended out of the gauges."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
