# One image for web, workers, webhooks and beat; PostgreSQL and Redis are servers of their own.
FROM python:3.11-slim

# gunicorn takes its number of processes from WEB_CONCURRENCY.
ENV WEB_CONCURRENCY=2
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/lib/product-importer

RUN useradd --system --create-home --home-dir "$VAR_DIR" importer
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
RUN SECRET_KEY=only-for-collectstatic \
    WEBHOOK_SECRET_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= \
    DATABASE_URL=postgres://nobody@localhost/none \
    python manage.py collectstatic --noinput \
    && chown -R importer "$VAR_DIR"

USER importer
EXPOSE 8000
CMD ["gunicorn", "product_importer.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--threads", "8"]
