"""The edge inside Kamailio: what its workers call for each INVITE, without a socket on the call path."""
