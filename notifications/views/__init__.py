"""Pages of messages: the inbox for everybody, set-up and repair for operators, one page for customers."""
