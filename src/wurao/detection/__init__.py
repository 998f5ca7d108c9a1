"""Detection: who a caller is, told by how it calls."""
