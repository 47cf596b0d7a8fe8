"""Which records are probably one person, where names, dates of birth and addresses speak:
pairs in, weights out, nobody merged here."""
