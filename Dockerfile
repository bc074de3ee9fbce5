# One image for web, worker and the one-shot "prepare"; compose.yaml shows how they go together.
FROM node:24-slim AS front-end
WORKDIR /site
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.13-slim AS build
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /site
COPY requirements/base.txt requirements/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/base.txt
COPY . .
COPY --from=front-end /site/node_modules node_modules
RUN /opt/venv/bin/python -m scripts.compile_catalogs \
 && DATA_DIR=/tmp/build STATIC_ROOT=/opt/static /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && rm -rf node_modules static /tmp/build \
 && mkdir static

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    STATIC_ROOT=/opt/static \
    HOST=0.0.0.0 \
    PORT=8642
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin touchstone \
 && install -d -o touchstone -g touchstone -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/static /opt/static
COPY --from=build /site /site
WORKDIR /site
USER 10001
VOLUME /data
EXPOSE 8642
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8642/healthz', timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["web"]
