"""A simulated town: people, couriers, a clinic, a school, a bank, campaigns, and what people say about their calls.

It writes the facts of FORMATS and keeps the truth apart. It imports ``core`` only, so it can't know the detector.
Everything is drawn per hour from generators keyed by seed, purpose and hour: any hour can be made alone, in any order,
with the same answer. What a simulation shows holds for the simulation.
"""
