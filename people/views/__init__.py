"""Pages: signing in, the own account, and people, departments, roster and audit trail under settings."""
