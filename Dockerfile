# One image for web, worker and scheduler; the command decides which. Runs without root.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /app/.venv
COPY requirements/base.txt requirements/base.txt
RUN .venv/bin/pip install --require-hashes -r requirements/base.txt
COPY . .
# The keys that settings make for themselves stay in /tmp of this stage: the image holds no secret.
RUN .venv/bin/python -m diagnostics.packing build/probe.pyz \
 && DATA_DIR=/tmp/build STATIC_ROOT=/app/static_root .venv/bin/python -m troubleshooter.prepare --static \
 && .venv/bin/python -m compileall -q diagnostics troubleshooter

FROM python:3.11-slim
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LOG_FORMAT=json \
    DATA_DIR=/app/var STATIC_ROOT=/app/static_root
RUN useradd --system --uid 10001 --home-dir /app --no-create-home troubleshooter
WORKDIR /app
COPY --from=build /app /app
RUN mkdir -p /app/var && chown -R troubleshooter /app/var
USER troubleshooter
VOLUME /app/var
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["gunicorn", "troubleshooter.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "16", "--worker-tmp-dir", "/dev/shm"]
