"""A simulated telephone world: people, wanted bulk callers, nuisance campaigns, and what people say about their calls.

It writes the facts of FORMATS and keeps the truth apart. It imports ``core`` and ``store`` only, so it can't know the
detector. Everything is drawn per day and block of numbers from generators keyed by seed, purpose, block and day: any
part can be made alone, in any order, with the same answer. What a simulation shows holds for the simulation.
"""
