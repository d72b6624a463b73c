"""Planned outages before they begin (S2-R01): plan, approval with lead times, announcements, calendar and feed."""
