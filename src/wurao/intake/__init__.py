"""The one door for facts: reads foreign and own formats, checks every row, quarantines bad ones, protects the rest."""
