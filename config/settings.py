"""Settings come from the environment only and fail loudly when a value cannot be used (``config/env.py``).

Numbers of the business (days, yuan, minutes) are not here: they are dated rows of ``policy.Policy``.
``DATABASE_URL`` and ``REDIS_URL`` name the servers; ``make run`` and the test plugin set them to the bundled
PostgreSQL and Valkey when nobody else did (``config/embedded.py``). Every variable is listed in ``.env.example``.
"""

from datetime import timedelta
from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF

from config.env import broker_url, database, env, env_bool, env_int, env_list, fernet_keys, redis_url, secret_key

django_stubs_ext.monkeypatch()  # forms.ModelForm[User] and the like are only subscriptable for type checkers

BASE_DIR = Path(__file__).resolve().parent.parent
STATE_DIR = Path(env("STATE_DIR", str(BASE_DIR / "var"))).resolve()

DEBUG = env_bool("DEBUG", False)
DEMO = env_bool("DEMO", False)
PRODUCTION = not (DEBUG or DEMO)
SECRET_KEY = secret_key(required=PRODUCTION)
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
SITE_URL = env("SITE_URL", "http://127.0.0.1:8000").rstrip("/")

DATABASES = {"default": database(env("DATABASE_URL"))}
REDIS_URL = redis_url(env("REDIS_URL"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "people",
    "policy",
    "exports",
    "customers",
    "complaints",
    "escalation",
    "outage",
    "reports",
    "notifications",
    "config.apps.ConfigApp",
]

MIDDLEWARE = [
    "config.middleware.TrustedProxies",
    "config.problems.ProblemForm",  # around everything that may refuse a request under /api/
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # refusals of CleanInput are not to be framed either
    "whitenoise.middleware.WhiteNoiseMiddleware",  # before the next: static files may be kept
    "config.middleware.KeptByNobody",
    "csp.middleware.CSPMiddleware",
    "people.middleware.CleanInput",  # before anything reads the body
    "people.reading.ReadOnce",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "people.middleware.AuditRefusals",
    "people.middleware.SessionLimits",
    "people.middleware.MustChangePassword",
    "people.middleware.SecondFactorRequired",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "config.context.shell",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(STATE_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and mypy run without `collectstatic`, so they cannot use hashed names.
STATIC_MANIFEST = env_bool("STATIC_MANIFEST", not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
FILES_ROOT = Path(env("FILES_ROOT", str(STATE_DIR / "files")))
# Location prefix of a front server that sends files itself (X-Accel-Redirect); empty: the application sends them.
FILES_ACCEL = env("FILES_ACCEL", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # a body beside its files: 2.5 MB
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- Signing in ------------------------------------------------------------------------------------------------------
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "phone", "agent_no")},
    },
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
]
# Failed log-ins: five per account and quarter of an hour, counted in the database (Redis may vanish).
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # or a stranger could lock somebody out for ever
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "people.signin.keep_answer"  # the sign-in views say it themselves
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "otp", "code"]
AXES_VERBOSE = False  # its log lines name accounts
# The lock is per account on purpose: a rotated address must not give more guesses.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

OTP_TOTP_ISSUER = "供电服务热线"

SESSION_ENGINE = "people.sessions"  # in the database: signing in works while Redis is away
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What the browser is told ----------------------------------------------------------------------------------------
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)  # how many of our own proxies stand before gunicorn
HTTPS = env_bool("HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["people.jsonforms.StrictJSON"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.problem",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS tells nothing that is not in the schema
    "URL_FORMAT_OVERRIDE": None,  # no ?format=: query parameters are those of the schema
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    # REMOTE_ADDR is already the caller's address (config.middleware.TrustedProxies): never read X-Forwarded-For twice.
    "NUM_PROXIES": 0,
}
REST_KNOX = {"TOKEN_TTL": timedelta(hours=12), "TOKEN_LIMIT_PER_USER": 10, "AUTO_REFRESH": False}
SPECTACULAR_SETTINGS = {
    "TITLE": "供电服务热线工单 API",
    "VERSION": "1",
    "DESCRIPTION": "拒绝一律为 {code, message, errors, changes}。个人信息一律掩码。"
    "时间为 ISO 8601，工作日按国务院安排。",
    "SERVE_INCLUDE_SCHEMA": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "State": "complaints.vocabulary.State",
        "Kind": "policy.vocabulary.Kind",
        "Category": "policy.vocabulary.Category",
        "Channel": "policy.vocabulary.Channel",
        "Satisfaction": "complaints.vocabulary.Satisfaction",
        "Means": "complaints.vocabulary.Means",
        "CauseParty": "complaints.vocabulary.CauseParty",
        "ContactResult": "complaints.vocabulary.ContactResult",
        "FeedbackStatus": "complaints.vocabulary.FeedbackStatus",
        "CallbackBy": "complaints.vocabulary.CallbackBy",
        "EscalationAct": "escalation.vocabulary.EscalationAct",
        "PromiseKind": "escalation.vocabulary.PromiseKind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.problems.document",
    ],
}

# --- Redis: hints and cache only, nothing that may not vanish --------------------------------------------------------
_REDIS_TIMEOUTS = {"socket_timeout": 10, "socket_connect_timeout": 3, "health_check_interval": 25}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "TIMEOUT": 300,
        # A Unix socket has no connection time-out of its own in redis-py.
        "OPTIONS": {"socket_timeout": 3, **({} if REDIS_URL.startswith("unix") else {"socket_connect_timeout": 3})},
    }
}
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a Redis away for an hour is waited for
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,  # above the hard limit of a task, so that nothing running is handed out again
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,  # without it a killed worker's tasks come back after 100 s at the earliest
    **_REDIS_TIMEOUTS,
}
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
# One quick try: publishing happens after the commit and must not hold the page; sweeper and sender look by themselves.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True

# --- Messages --------------------------------------------------------------------------------------------------------
# Fernet keys for the secrets of channels, newest first; without any, one derived from SECRET_KEY.
NOTIFY_SECRET_KEYS = fernet_keys("NOTIFY_SECRET_KEYS")
# The only hosts messages may be sent to: public services by name (https, port 443), and gateways of our own network
# as host:port. Everything else is refused when it is set up and again at connect.
NOTIFY_ALLOWED_HOSTS = frozenset(env_list("NOTIFY_ALLOWED_HOSTS", "qyapi.weixin.qq.com,oapi.dingtalk.com"))
NOTIFY_INTERNAL_HOSTS = frozenset(env_list("NOTIFY_INTERNAL_HOSTS"))
# Loopback receivers ("127.0.0.1:port") and their certificate authority: set by tests, never by the environment.
NOTIFY_TEST_RECEIVERS: frozenset[str] = frozenset()
NOTIFY_TEST_AUTHORITY = ""

# --- Log: one line per record, on standard error, without personal data ----------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.OneLine"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

# name: dotted path of a function ``(now) -> datetime | None``, when that job last made progress (F25). Read by /healthz
# and by the health checks of sweeper and sender (config/probe.py).
HEARTBEATS = {
    "sweep": "escalation.services.last_sweep",
    "sender": "notifications.sender.last_turn",
    "files": "complaints.services.file_store.heartbeat",
}
