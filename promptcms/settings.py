"""All settings, in one file, driven by environment variables.

Nothing set: one machine, SQLite and a file broker under `var/`, loopback only.
`PROMPTCMS_URL` (the public address) with any other host means production: then
`promptcms.checks` refuses unsafe values, each with its cure.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

from promptcms.folders import writable_folder
from promptcms.logs import logging_config
from promptcms.secret import local_secret

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("PROMPTCMS_VAR", default=str(BASE_DIR / "var")))
TESTING = "pytest" in sys.modules

# --- where people reach it -------------------------------------------------
PUBLIC_URL = env.str("PROMPTCMS_URL", default="http://127.0.0.1:8000").rstrip("/")
_public = urlsplit(PUBLIC_URL)
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]", "::1")
IS_PRODUCTION = (_public.hostname or "") not in LOOPBACK_HOSTS
USES_HTTPS = _public.scheme == "https"
# Spoken exceptions to what promptcms.checks refuses in production.
ALLOW_HTTP = env.bool("PROMPTCMS_INSECURE", default=False)
ALLOW_SQLITE = env.bool("PROMPTCMS_ALLOW_SQLITE", default=False)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or local_secret(VAR_DIR / "secret_key")
SECRET_KEY_IS_LOCAL = not env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = [
    _public.hostname or "127.0.0.1",
    *(h for h in LOOPBACK_HOSTS if h != "::1"),
    *env.list("PROMPTCMS_HOSTS", default=[]),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if USES_HTTPS else []
if env.bool("PROMPTCMS_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "promptcms",
    "registry",
    "evaluation",
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # its lists come with the first page: see urls
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "django_ace",
    "axes",
    "django_structlog",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "promptcms.middleware.RequestLog",
    "csp.middleware.CSPMiddleware",
    "promptcms.middleware.SessionsOfPeople",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "promptcms.middleware.ViewerTimeZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "promptcms.middleware.RefuseUnreadableInput",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "promptcms.urls"
WSGI_APPLICATION = "promptcms.wsgi.application"
APPEND_SLASH = False  # a redirect is an error for API clients that do not follow it
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

# --- data ------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'promptcms.sqlite3'}")
}
USES_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if USES_SQLITE:
    # DEFERRED, Django's default, loses about half of all concurrent
    # read-then-write transactions to "database is locked"; IMMEDIATE none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Without recursive_triggers, REPLACE deletes a row behind the guards' back.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
        "PRAGMA recursive_triggers=ON;",
    }
    # A file also in tests: threads must see one database, and WAL needs a file.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        # A server that is gone without a word holds a thread for seconds, not for the 15 minutes
        # or two hours that TCP would wait.
        "tcp_user_timeout": 5000,  # milliseconds
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),  # ?sslmode=… and ?host=… of the URL
        "pool": {
            "min_size": 1,
            "max_size": env.int("PROMPTCMS_DB_POOL", default=10),
            "timeout": 10,
        },
        "connect_timeout": 2,
    }
    if TESTING:  # a pool outlives the connections that a test closes
        del DATABASES["default"]["OPTIONS"]["pool"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")

# --- queue: the database is the queue of record, a message only wakes -------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
if not REDIS_URL:
    _broker = VAR_DIR / "broker"
    for _folder in ("queue", "processed", "control"):  # kombu expects to find them
        writable_folder(_broker / _folder)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "processed_folder": str(_broker / "processed"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
# Test processes that run at once must not take each other's messages.
CELERY_TASK_DEFAULT_QUEUE = (
    f"test-{env.str('PYTEST_XDIST_WORKER', 'one')}" if TESTING else "promptcms"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "registry.runtime.scheduler:BeatingScheduler"
CELERY_BEAT_SCHEDULE = {
    # Ticks expire after one period, so that they cannot pile up while no worker runs.
    "take up runs whose worker died": {
        "task": "evaluation.offline.tasks.reconcile",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    # Each hour, not each day: the scheduler does not remember over a restart when it last did.
    "forget try-outs older than a week": {
        "task": "evaluation.offline.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "look at each rollout, and start what is planned": {
        "task": "evaluation.online.tasks.tick",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget single calls, and make old sums of live traffic coarser": {
        "task": "evaluation.online.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "judge samples of live answers": {
        "task": "evaluation.online.tasks.judge_samples",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "put what happened into the outbox": {
        "task": "registry.notices.tasks.announce",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "deliver mails and webhooks": {
        "task": "registry.notices.tasks.deliver",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "forget old deliveries": {
        "task": "registry.notices.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "verify audit chains, each once a day and when asked": {
        "task": "registry.audit.tasks.check_due",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "forget drafts discarded more than 30 days ago": {
        "task": "registry.prompts.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "forget callers not seen for 30 days": {
        "task": "registry.runtime.tasks.forget",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

# --- people ----------------------------------------------------------------
AUTH_USER_MODEL = "registry.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"
RECENT_SIGN_IN_SECONDS = 15 * 60
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registry/locked_out.html"

# --- the browser -----------------------------------------------------------
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = USES_HTTPS
SESSION_COOKIE_NAME = "__Host-pcms-session" if USES_HTTPS else "pcms-session"
CSRF_COOKIE_NAME = "__Host-pcms-csrf" if USES_HTTPS else "pcms-csrf"
CSRF_COOKIE_HTTPONLY = False  # the editor's script sends it back in a header
CSRF_FAILURE_VIEW = "registry.web.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if USES_HTTPS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'unsafe-eval'"],  # the theme's Alpine build needs it
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],  # default-src does not cover it
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_AUTOREFRESH = DEBUG or TESTING  # every test client would list all files anew

# Of each web process, as its server was told (granian --blocking-threads).
WEB_THREADS = env.int("PROMPTCMS_WEB_THREADS", default=32)

# --- limits (bytes) --------------------------------------------------------
FETCH_MEMORY_BYTES = env.int("PROMPTCMS_FETCH_MEMORY_MB", default=64) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 500

# --- API -------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["registry.runtime.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["registry.runtime.authentication.DenyUnlessStated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["registry.runtime.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "registry.runtime.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "promptcms",
    "VERSION": "1",
    "DESCRIPTION": "Prompts at run time. Send a key of your project with every request; what it "
    "may read was chosen when it was made.",
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "pcms_…",
                "description": "A key of one project, from its page API keys.",
            }
        }
    },
    "PREPROCESSING_HOOKS": ["registry.runtime.api.openapi.only_ours"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "DISABLE_DOCSTRING_DESCRIPTIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "Kind": "registry.runtime.api.serializers.KINDS",
        "RolloutKind": "registry.runtime.api.serializers.ROLLOUT_KINDS",
        "Label": "registry.runtime.question.LABELS",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # No validatorUrl: the page asks nobody but us. Keys typed there are forgotten with the tab.
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "validatorUrl": None,
        "tryItOutEnabled": True,
        "defaultModelsExpandDepth": 0,
    },
}

# --- model connections (names only; keys come from the environment) ---------
# {"openai": {"base_url": "https://…/v1", "key_env": "OPENAI_API_KEY", "models": ["gpt-…"]}}
PROMPTCMS_CONNECTIONS: dict[str, dict[str, object]] = env.json("PROMPTCMS_CONNECTIONS", default={})

# --- language, time, logs --------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = logging_config(
    json=IS_PRODUCTION, level=env.str("LOG_LEVEL", default="INFO"), debug=DEBUG
)
SIMPLE_HISTORY_REVERT_DISABLED = True

# --- mail and webhooks: who hears what is chosen on pages; addresses come from here only ---
# smtp+tls://user:password@host:587 or smtp+ssl://…:465 ("@" in a password is %40). Not set:
# mails are printed by the worker.
_mail = env.email_url("EMAIL_URL", default="consolemail://")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default=str(_mail["EMAIL_BACKEND"]))
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds, for each answer of the mail server
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"promptcms <promptcms@{_public.hostname or 'localhost'}>"
)
# {"slack-team": {"url": "https://…", "format": "slack"}}: see registry/notices/targets.py
PROMPTCMS_WEBHOOKS: dict[str, dict[str, object]] = env.json("PROMPTCMS_WEBHOOKS", default={})

from promptcms.theme import UNFOLD  # noqa: E402,F401
