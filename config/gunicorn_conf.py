"""gunicorn: threads, because pages wait for the database; restarted now and then, so that no leak grows for ever."""

import os
import tempfile

bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")  # in a container; `make run` hands over its own socket
worker_class = "gthread"
preload_app = True  # one start-up for all processes, and a refusal (config.checks) ends the whole server
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 8
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = os.environ.get("WEB_TMP_DIR", tempfile.gettempdir())
control_socket_disable = True
forwarded_allow_ips = ""  # config.middleware.TrustedProxies alone decides whom to believe
accesslog = "-"
# No query string, address or agent: those are personal data, and the audit trail has what must be kept.
access_log_format = "%(m)s %(U)s %(s)s %(M)sms"
