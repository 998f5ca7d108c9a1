"""Vests to campaigns: which numbers are worn by the same caller, and how that is kept from day to day."""
