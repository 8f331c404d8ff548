# One image for web, worker and beat; compose.yaml starts each with its own command.
FROM python:3.13-slim AS packages
COPY requirements.lock /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /requirements.lock

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PROMPTCMS_NO_BOOTSTRAP=1 \
    PROMPTCMS_VAR=/var/lib/promptcms
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/promptcms promptcms
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py ./
COPY promptcms promptcms
COPY registry registry
COPY evaluation evaluation
COPY templates templates
USER promptcms
# The pages' files do not depend on settings: collect them once, with a key of no use.
RUN SECRET_KEY=for-collecting-files-only python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["python", "-c", \
 "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "32", "promptcms.wsgi:application"]
