"""Shield tables: immutable memory-mapped generations under a small live overlay with one writer."""
