"""The small workflows of this app (arrears disconnection, planned outage) share one door, one kind of event row and
one kind of page. A workflow itself stands in its own package, declared once."""
