# One image for the production server, the MLflow tracking server and the jobs: docs/deployment.md.
ARG PYTHON=3.12.12-slim-bookworm

FROM python:${PYTHON} AS build
# For a cloud's storage, pinned: "boto3==1.44.5". They may bring older releases of what they need with them.
ARG PACKAGES=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /build
COPY pyproject.toml setup.py requirements.lock README.md LICENSE MLproject ./
# The defaults that the package brings along.
COPY conf conf
COPY src src
# hadolint ignore=SC2086
RUN /opt/venv/bin/pip install --no-cache-dir --constraint requirements.lock ".[server,postgres]" \
 && if [ -n "$PACKAGES" ]; then /opt/venv/bin/pip install --no-cache-dir $PACKAGES; fi

FROM python:${PYTHON}
# HOME and Matplotlib's cache in /tmp: the rest of the file system may be read-only. LOGNAME: MLflow asks who runs it, and
# an orchestrator's own user id has no name.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    LOGNAME=clientela \
    MPLCONFIGDIR=/tmp/matplotlib \
    GIT_PYTHON_REFRESH=quiet \
    MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR=false
# /artifacts is where the tracking server's volume goes: a new volume takes over whose it is.
RUN groupadd --gid 10001 clientela \
 && useradd --uid 10001 --gid clientela --no-create-home --home-dir /tmp --shell /usr/sbin/nologin clientela \
 && install --directory --owner clientela --group clientela /artifacts
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY MLproject conda.yaml ./
COPY experiments experiments
# The settings, with the keys' hashes; a mount over /app/conf replaces them.
COPY conf conf
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
# The one folder that is written to, where the rest is read-only. With it declared, Fargate's volume has its rights.
VOLUME ["/tmp"]
EXPOSE 8000
# The process lives. /ready is for load balancers: it says 503 until the registry has a champion.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# MLFLOW_TRACKING_URI names the registry. GUNICORN_CMD_ARGS takes more options: "--workers=4".
CMD ["clientela", "serve", "--conf", "conf", "--bind", "0.0.0.0:8000"]
