"""What a recording is: decoded within bounds, fingerprinted, and found again among a hundred thousand others."""
