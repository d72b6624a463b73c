"""The settings pages under /settings/policy/: numbers, routes, calendar, preview."""
