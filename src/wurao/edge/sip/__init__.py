"""SIP without Kamailio: a redirect server that a switch asks as it asks an analytics service."""
