"""Other switches: a line protocol over a socket, and Asterisk's FastAGI. No answer in time means ring."""
