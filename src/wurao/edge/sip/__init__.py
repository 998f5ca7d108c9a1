"""What SIP says: answers by the dialect of a trunk, who forwarded a call; and a redirect server, SIP without Kamailio."""
