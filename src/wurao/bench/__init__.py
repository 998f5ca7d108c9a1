"""Benchmarks behind `wurao bench`, each with a named baseline in the same run."""
