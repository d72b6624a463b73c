from django.apps import AppConfig


class ConfigApp(AppConfig):
    """Gives ``config`` its system checks, the Celery application and management commands; it has no models."""

    name = "config"

    def ready(self) -> None:
        # Not at the top: both read settings, which must be complete first. Without the Celery application a
        # `shared_task.delay()` of a web process would publish to Celery's default broker.
        from config import celery, checks  # noqa: F401, PLC0415
