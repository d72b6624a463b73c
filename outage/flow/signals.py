"""The word to the apps above. ``sender`` is the model; receivers get ``ids``, ``kind`` and ``now`` and write rows
only."""

from django.dispatch import Signal

flow_events = Signal()
