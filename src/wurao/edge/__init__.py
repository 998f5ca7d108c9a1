"""How a network, an office or a person reaches the decision."""
