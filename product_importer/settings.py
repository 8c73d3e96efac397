"""Every setting, from the environment.

Order of precedence: the environment, then `.env`, then the files that `python3 run.py` writes to
`var/`: the generated secrets (`secrets.env`) and the addresses of the running embedded servers
(`runtime.env`).
"""

import sys
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from stack import sizes

# Allows Django's generic classes to have type parameters, as the type checker requires.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
environ.Env.read_env(VAR_DIR / "secrets.env")
environ.Env.read_env(VAR_DIR / "runtime.env")

for name in ("SECRET_KEY", "WEBHOOK_SECRET_KEY", "DATABASE_URL"):
    if name not in env.ENVIRON:
        raise ImproperlyConfigured(
            f"{name} is not set. `python3 run.py` sets everything that is needed, and"
            " `python3 run.py manage …` runs one command. To run without it, see .env.example."
        )

# --- Site ---------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY")
# Encrypts webhook secrets at rest; several keys, newest first, while one is being replaced.
WEBHOOK_SECRET_KEYS = env.list("WEBHOOK_SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# True if the site is served by https (usually behind a proxy that sets X-Forwarded-Proto).
HTTPS = env.bool("HTTPS", default=False)
# True only while `python3 run.py` runs the whole stack on loopback.
EMBEDDED = env.bool("EMBEDDED", default=False)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "product_importer",
    "jobs",
    "webhooks",
    "products",
    "imports",
]

# Log-in and size are judged before the CSRF check, because that one may read the body.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "web.content_security.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.view_headers.ViewHeadersMiddleware",
    "web.body_limit.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "product_importer.urls"
WSGI_APPLICATION = "product_importer.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- Security -----------------------------------------------------------------------------

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
X_FRAME_OPTIONS = "DENY"

# --- Database -----------------------------------------------------------------------------

# After this time without a sign of life either side treats the other as lost. The operating
# system's own limits are a quarter of an hour after sending, and two hours while waiting.
DATABASE_SILENCE_SECONDS = env.int("DATABASE_SILENCE_SECONDS", default=20)
_CHECK_SECONDS = max(DATABASE_SILENCE_SECONDS // 4, 1)
_KEEPALIVES = {
    "keepalives_idle": 2 * _CHECK_SECONDS,
    "keepalives_interval": _CHECK_SECONDS,
    "keepalives_count": 2,
}
# The same for the server's end of a connection, which holds the locks. A running statement checks
# if its client is still there; a transaction that waits for its client for too long is ended.
_SESSION = {f"tcp_{name}": value for name, value in _KEEPALIVES.items()} | {
    "client_connection_check_interval": f"{_CHECK_SECONDS}s",
    "idle_in_transaction_session_timeout": "30s",
}
if sys.platform == "linux":
    _SESSION["tcp_user_timeout"] = f"{DATABASE_SILENCE_SECONDS}s"
_DATABASE = env.db_url("DATABASE_URL")
DATABASES = {
    "default": {
        **_DATABASE,
        "OPTIONS": {
            "connect_timeout": 10,
            "tcp_user_timeout": DATABASE_SILENCE_SECONDS * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
            **_KEEPALIVES,
            **_DATABASE.get("OPTIONS", {}),
        },
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Files --------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
# On the same file system as the media, so that a stored upload is renamed, not copied.
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Imports ------------------------------------------------------------------------------

MIB = 1024 * 1024
IMPORT_FILE_BYTES = env.int("IMPORT_FILE_BYTES", default=2048 * MIB)
IMPORT_RECORD_BYTES = env.int("IMPORT_RECORD_BYTES", default=MIB)
IMPORT_COLUMNS = env.int("IMPORT_COLUMNS", default=512)
# The limits on the unpacked content of a .gz, .zip or workbook, in bytes and as a multiple of its
# packed size; and on the texts that the cells of a workbook share, which are kept in memory.
IMPORT_UNPACKED_BYTES = env.int("IMPORT_UNPACKED_BYTES", default=8192 * MIB)
IMPORT_UNPACKED_RATIO = env.int("IMPORT_UNPACKED_RATIO", default=200)
IMPORT_ARCHIVE_ENTRIES = env.int("IMPORT_ARCHIVE_ENTRIES", default=10_000)
IMPORT_WORKBOOK_TEXT_BYTES = env.int("IMPORT_WORKBOOK_TEXT_BYTES", default=256 * MIB)
# The page of a file's columns sends two fields for each column, and some others.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2 * IMPORT_COLUMNS + 500
# Rows that one task applies in one transaction.
IMPORT_RANGE_ROWS = env.int("IMPORT_RANGE_ROWS", default=35_000)
# An upload in parts: the size of a part, the hours to wait for the next part, and the number of
# unfinished uploads that one account may have.
UPLOAD_PART_BYTES = env.int("UPLOAD_PART_BYTES", default=8 * MIB)
UPLOAD_HOURS = env.int("UPLOAD_HOURS", default=24)
UPLOADS_PER_USER = env.int("UPLOADS_PER_USER", default=10)
# The number of days for which the file of an import is kept after its end.
IMPORT_FILE_DAYS = env.int("IMPORT_FILE_DAYS", default=30)
# The largest body of a request that is not an upload.
BODY_BYTES = env.int("BODY_BYTES", default=10 * MIB)

# --- Jobs ---------------------------------------------------------------------------------

# After this time without a sign of life from a job's worker, another worker takes the job over.
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=15)
# A job without progress for this long gets another wake-up.
JOB_STALL_SECONDS = env.int("JOB_STALL_SECONDS", default=15)
JOB_SWEEP_SECONDS = env.int("JOB_SWEEP_SECONDS", default=5)
# The days after which a job that waits for a person (for columns or a review) is cancelled.
JOB_WAIT_DAYS = env.int("JOB_WAIT_DAYS", default=7)
# The number of failed tries without progress in between after which a job fails.
JOB_MAX_TRIES = env.int("JOB_MAX_TRIES", default=5)

# The threads of one web process, a quarter of which may stream the progress of jobs.
WEB_THREADS = sizes.web_threads()
EVENT_STREAMS = WEB_THREADS // 4
# A stream ends after this time, and a client that wants more opens another.
EVENT_STREAM_SECONDS = env.int("EVENT_STREAM_SECONDS", default=300)

JOB_KINDS = {"import": "imports.importing.kind", "bulk_delete": "products.bulk.kind"}

# --- Webhooks -----------------------------------------------------------------------------

# The time limits to connect to a receiver and for each of its silences; and for a whole attempt.
WEBHOOK_PATIENCE_SECONDS = env.float("WEBHOOK_PATIENCE_SECONDS", default=10)
WEBHOOK_ATTEMPT_SECONDS = env.float("WEBHOOK_ATTEMPT_SECONDS", default=15)
# An attempt whose end is not recorded after this time counts as lost, and is repeated.
WEBHOOK_LEASE_SECONDS = env.int("WEBHOOK_LEASE_SECONDS", default=45)
# The number of attempts to one endpoint at the same time; a failing endpoint gets one at a time.
WEBHOOK_IN_FLIGHT = env.int("WEBHOOK_IN_FLIGHT", default=3)
WEBHOOK_SWEEP_SECONDS = env.int("WEBHOOK_SWEEP_SECONDS", default=5)
# An endpoint whose every attempt has failed for this time is switched off.
WEBHOOK_FAILING_DAYS = env.int("WEBHOOK_FAILING_DAYS", default=5)
# The time for which both secrets sign after one was replaced.
WEBHOOK_ROTATION_HOURS = env.int("WEBHOOK_ROTATION_HOURS", default=24)
# Events and their deliveries are kept for this long.
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=30)

# --- Celery -------------------------------------------------------------------------------

REDIS_URL = env("REDIS_URL", default="")
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="") or REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Never give up; Celery's own default is to give up after a hundred tries.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A wake-up that can't be sent is not worth waiting for: the sweeper sends another.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # The limits for a broker that hangs, or whose connection is lost without notice.
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
    "socket_keepalive": True,
    # The interval at which a waiting worker checks if its connection is still alive.
    "health_check_interval": 5,
}
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Each process applies one range at a time, and PostgreSQL does most of the work.
CELERY_WORKER_CONCURRENCY = sizes.worker_processes()
# A process keeps its connection from one task to the next; see product_importer.celery.
CELERY_DB_REUSE_MAX = 1_000_000
# With more, tasks would wait for a busy process while another process has nothing to do.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONSUMER = "product_importer.consumer:LastingConsumer"
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = "UTC"
# Deliveries wait for receivers, so they have a worker of their own.
CELERY_TASK_ROUTES = {"webhooks.*": {"queue": "webhooks"}}
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {
        "task": "jobs.sweep",
        "schedule": JOB_SWEEP_SECONDS,
        # A sweep that has waited for longer than its interval already has a successor.
        "options": {"expires": JOB_SWEEP_SECONDS},
    },
    "sweep-webhooks": {
        "task": "webhooks.sweep",
        "schedule": WEBHOOK_SWEEP_SECONDS,
        "options": {"expires": WEBHOOK_SWEEP_SECONDS},
    },
    "forget-old-webhook-events": {
        "task": "webhooks.forget_old",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "sweep-uploads": {
        "task": "imports.sweep_uploads",
        "schedule": 600,
        "options": {"expires": 600},
    },
    "forget-old-import-files": {
        "task": "imports.forget_old_files",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    "catch-up-with-words": {
        "task": "products.catch_up",
        "schedule": JOB_SWEEP_SECONDS,
        "options": {"expires": JOB_SWEEP_SECONDS},
    },
}

# --- Webhooks: allowed addresses ----------------------------------------------------------

# Networks that are not public but may be sent to, such as 10.1.0.0/16.
WEBHOOK_TRUSTED_NETWORKS = [
    ip_network(network) for network in env.list("WEBHOOK_TRUSTED_NETWORKS", default=[])
]
# The ports that this site itself listens on; no webhook is ever sent there.
OWN_PORTS = {
    env.int("PORT", default=0),
    DATABASES["default"]["PORT"] or 5432,
    urlsplit(CELERY_BROKER_URL.partition(";")[0]).port or 6379,
}
# Allows receivers on this machine, to try webhooks out; only while nobody else can use the site.
WEBHOOK_LOOPBACK = EMBEDDED and 0 not in OWN_PORTS

# --- API ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PARSER_CLASSES": [
        "web.api_parsers.SafeJSONParser",
        "rest_framework.parsers.MultiPartParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "web.api_pagination.ApiPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "web.api_errors.answer_error",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # The Accept header alone decides the format of an answer.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Product Importer",
    "DESCRIPTION": "Imports, products, webhooks and jobs. Log in, or send the header"
    " `Authorization: Token …` with a token that `manage.py create_token USER` has printed.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    # Requests differ from responses: ids and times are only in responses.
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "JobStatusEnum": "jobs.models.Job.Status",
        # The name BlankEnum is taken: drf-spectacular uses it for a choice that may be empty.
        "BlankCellsEnum": "imports.models.Import.Blank",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "web.api_schema.add_errors",
    ],
}

# --- Logging ------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Two lines for every sweep would drown what matters.
    "loggers": {
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        # webhooks.addresses decides if an address is allowed, so these warnings mean nothing.
        "requests_hardened": {"level": "ERROR"},
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
