"""All settings, in sections; every knob is an environment variable (the README lists them).

An odd value is refused here, at start, by one line that says what to write instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

from troubleshooter import knobs, single_sign_on
from troubleshooter.logs import logging_config

# -- Where things are ------------------------------------------------------------------------

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = knobs.data_dir()
PROBE_FILE = BASE_DIR / "build" / "probe.pyz"

# -- The front door --------------------------------------------------------------------------

DEBUG = knobs.switch("DEBUG", default=False)
PORT = knobs.whole("PORT", 8000, low=1, high=65535)
BIND = knobs.text("BIND", "127.0.0.1")
PUBLIC_URL = knobs.web_address("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
_public = urlsplit(PUBLIC_URL)
HTTPS = _public.scheme == "https"
# Health checks of the supervisor and of containers ask the loopback names; links in pages and
# mails are built from PUBLIC_URL, so allowing these names cannot mislead anybody.
_LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = list(dict.fromkeys([*knobs.names("ALLOWED_HOSTS"), str(_public.hostname), *_LOOPBACK_HOSTS]))
BEHIND_PROXY = knobs.switch("BEHIND_PROXY", default=False)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# -- Secrets ---------------------------------------------------------------------------------

SECRET_KEY = knobs.kept_secret("SECRET_KEY", DATA_DIR / "secret.key", get_random_string(64))
if len(SECRET_KEY) < 32:
    raise ImproperlyConfigured("SECRET_KEY is too short: write at least 32 random characters.")
SECRET_KEY_FALLBACKS = knobs.names("SECRET_KEY_FALLBACKS")
FIELD_ENCRYPTION_KEYS = knobs.encryption_keys("FIELD_ENCRYPTION_KEYS", DATA_DIR / "encryption.key")

# -- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "csp",
    "django_htmx",
    "diagnostics",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # A list's page is 100 kB of HTML and 10 kB packed. BREACH finds nothing here: each page masks its token anew, other
    # sites' requests carry no session, and the middleware blurs lengths. A report's page comes packed (views/sheets.py).
    "django.middleware.gzip.GZipMiddleware",
    "troubleshooter.middleware.keep_private",
    "troubleshooter.middleware.api_speaks_json",
    "troubleshooter.middleware.forms_lead_to_their_pages",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "troubleshooter.urls"
WSGI_APPLICATION = "troubleshooter.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "diagnostics.views.current.viewer",
            ],
        },
    },
]

# -- Database --------------------------------------------------------------------------------

_database_url = knobs.url_with_scheme(
    "DATABASE_URL", f"sqlite:///{DATA_DIR / 'troubleshooter.sqlite3'}", ("sqlite", "postgres", "postgresql")
)
_database: dict[str, Any] = dict(knobs.env.db_url_config(_database_url))
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # Opening costs more than a page's queries, and whoever closes last writes the whole journal back.
    _database["CONN_MAX_AGE"] = None
    # 200 threads writing at once: no "database is locked" with exactly these.
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # secure_delete: what is deleted is overwritten in the file, which not every build of SQLite does by itself.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;PRAGMA secure_delete=ON;",
    }
else:
    # A task gives its connection back before it waits for the network, so a small pool serves many threads.
    _database.setdefault("OPTIONS", {})
    _database["OPTIONS"].setdefault("connect_timeout", 5)
    _database["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": knobs.whole("DATABASE_POOL_SIZE", 20, low=2, high=500),
        "timeout": 5,
    }
# A file, not memory: tests then meet the same locks between threads as the product does.
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
DATABASES = {"default": _database}

# -- Broker and cache ------------------------------------------------------------------------

_BROKER_SCHEMES = ("redis", "rediss", "redis+socket", "amqp", "amqps", "memory")
_CACHE_SCHEMES = ("redis", "rediss", "unix", "locmemcache", "dbcache")
EMBEDDED_BROKER = not knobs.text("BROKER_URL")
BROKER_SOCKET = knobs.socket_path(DATA_DIR)
BROKER_URL = knobs.url_with_scheme("BROKER_URL", f"redis+socket://{BROKER_SOCKET}?virtual_host=0", _BROKER_SCHEMES)
CACHE_URL = knobs.text("CACHE_URL") or knobs.cache_beside(BROKER_URL)
knobs.url_with_scheme("CACHE_URL", CACHE_URL, _CACHE_SCHEMES)
# The same store twice: what may be forgotten goes through the one that never raises, health checks ask the other.
CACHES: dict[str, dict[str, Any]] = {
    "default": knobs.cache_settings(CACHE_URL, forgiving=True),
    "strict": knobs.cache_settings(CACHE_URL),
}

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"polling_interval": 0.02} if BROKER_URL.startswith("memory:") else {}
if BROKER_URL.startswith("redis"):
    # The sweep for lost deliveries is every 100 s by default; the visibility timeout must
    # outlast the longest task, or it is started twice.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "health_check_interval": 25,
        "socket_connect_timeout": 2,
        "socket_timeout": 3,  # a broker that hangs must not hold a page
    }
# A click must not wait for a broker that is away: the row is the truth and the sweep sends it again.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "diagnostics"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"  # one static entry: no state file to keep
TICK_SECONDS = 5
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "diagnostics.tasks.tick",
        "schedule": float(TICK_SECONDS),
        # A tick nobody took in time is worth nothing: without this a stopped worker comes back to hundreds.
        "options": {"expires": 3 * TICK_SECONDS},
    },
}
WORKER_SILENT_AFTER = knobs.whole("WORKER_SILENT_AFTER", 30, low=10, high=3600)
WORKER_THREADS = knobs.whole("WORKER_THREADS", 64, low=1, high=1000)
WORKERS = knobs.whole("WORKERS", 1, low=1, high=64)
WEB_THREADS = knobs.whole("WEB_THREADS", 16, low=1, high=256)

# -- Runs ------------------------------------------------------------------------------------

RUN_TIME_LIMIT = knobs.whole("RUN_TIME_LIMIT", 30, low=5, high=300)
# Networks that workers may probe although they are private, loopback or link-local.
ALLOWED_NETWORKS = knobs.networks("ALLOWED_NETWORKS")

# -- Signing in ------------------------------------------------------------------------------

AUTH_USER_MODEL = "diagnostics.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
SIGN_IN_LINK_MINUTES = knobs.whole("SIGN_IN_LINK_MINUTES", 30, low=1, high=1440)
SESSION_COOKIE_AGE = knobs.whole("SESSION_DAYS", 14, low=1, high=365) * 86400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
# The __Host- prefix lets no neighbour domain plant a cookie; browsers take it over https only.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

ACCOUNT_ADAPTER = "diagnostics.views.signing_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # to sign in; an address that is changed is confirmed first
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_CONFIRMATION_AUTHENTICATED_REDIRECT_URL = "/account/"
ACCOUNT_RATE_LIMITS = {
    # Passwords and codes alike: by address, and by account, so neither one nor the other can be hammered.
    "login_failed": "50/900s/ip,10/900s/key",
    "login": "120/m/ip",
    # Whoever sits at an open session must not find the password, or a code, by trying.
    "reauthenticate": "10/900s/user",
    "change_password": "10/900s/user",
    "reset_password": "20/900s/ip,3/900s/key",
}
_FORMS = "diagnostics.forms.accounts."
ACCOUNT_FORMS = {
    "login": _FORMS + "SignInForm",
    "reset_password": _FORMS + "ForgottenForm",
    "reset_password_from_key": _FORMS + "NewPasswordForm",
    "change_password": _FORMS + "ChangePasswordForm",
    "set_password": _FORMS + "FirstPasswordForm",
    "add_email": _FORMS + "AddressForm",
    "reauthenticate": _FORMS + "PasswordAgainForm",
}
MFA_ADAPTER = "diagnostics.views.signing_in.adapters.TwoFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Troubleshooter"
MFA_TOTP_TOLERANCE = 1  # a clock may be half a minute off
MFA_ALLOW_UNVERIFIED_EMAIL = True  # most installations have no mail server at first
MFA_FORMS = {
    "authenticate": _FORMS + "CodeForm",
    "reauthenticate": _FORMS + "CodeAgainForm",
    "activate_totp": _FORMS + "TwoFactorOnForm",
}

# -- Single sign-on --------------------------------------------------------------------------

OIDC_PROVIDERS = single_sign_on.providers()
OIDC_DOMAINS = single_sign_on.domains()
OIDC_AUTO_TEAM = single_sign_on.team_of_newcomers(OIDC_DOMAINS)
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10  # seconds: one that has just started takes its time over the first question
SOCIALACCOUNT_ADAPTER = "diagnostics.views.signing_in.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [provider.app() for provider in OIDC_PROVIDERS]}}
# By an address that the provider has confirmed, and by no other: see SingleSignOnAdapter.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# -- Headers ---------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"  # share links are secrets: they never leave in a Referer
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# A pasted text may have 5 MB; whoever takes less says so before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6_100_000
# That counts no files. Whoever takes one says so (views/bodies.py); for everybody else they are passed over.
FILE_UPLOAD_HANDLERS = ["troubleshooter.bodies.NoFiles"]

# -- Pages -----------------------------------------------------------------------------------

USE_TZ = True
USE_I18N = False
LANGUAGE_CODE = "en"
TIME_ZONE = knobs.time_zone("TIME_ZONE", "UTC")
STATIC_URL = "/static/"
STATIC_ROOT = Path(knobs.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [folder for folder in (BASE_DIR / "static",) if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True

# -- Mail ------------------------------------------------------------------------------------

_email = knobs.mail_settings("EMAIL_URL", "consolemail://" if DEBUG else f"filemail://{DATA_DIR / 'mail'}")
EMAIL_BACKEND = str(_email["EMAIL_BACKEND"])
EMAIL_FILE_PATH = str(_email["EMAIL_FILE_PATH"])
EMAIL_HOST = _email["EMAIL_HOST"] or "localhost"
EMAIL_PORT = _email["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS"))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = knobs.text("EMAIL_FROM", f"Troubleshooter <troubleshooter@{_public.hostname}>")

# -- Logs ------------------------------------------------------------------------------------

LOG_LEVEL = knobs.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = knobs.one_of("LOG_FORMAT", "text", ("text", "json"))
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(LOG_LEVEL, LOG_FORMAT)
