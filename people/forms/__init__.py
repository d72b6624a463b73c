"""Forms of this app: shapes and spelling of input. Rules about people are in ``people.services``."""
