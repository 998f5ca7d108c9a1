"""The store: lake of facts, book of knowledge, shield tables."""
