"""Arrears disconnection (S1-R22 to R24, A23): pre-check, approval, notices, execution at the notified time only."""
