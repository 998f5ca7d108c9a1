"""A Yeastar P-series that asks before it lets a call in: event 30016, answered by ``accept`` or ``refuse_inbound``."""
