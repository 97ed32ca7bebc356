"""From what somebody types to the places in the library's texts where it stands.

alphabet.py puts the characters of a library into the order of their sounds, ways.py reads what was
typed, shelf.py holds the texts, hunt.py looks through them; boosts.py is what else speaks for a
script. bot/scripts/search.py brings them together, bot/scripts/ranking.py adds what is asked for.
"""
