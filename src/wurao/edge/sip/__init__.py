"""What SIP says: answers by the dialect of a trunk, who forwarded a call; a redirect server, SIP without Kamailio."""
