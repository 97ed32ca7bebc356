"""Finds the places in a library's texts that match what somebody types.

alphabet.py puts the characters of a library into the order of their sounds, ways.py reads what was
typed, shelf.py holds the texts, hunt.py looks through them, and boosts.py weighs what else speaks
for a script. bot/scripts/search.py brings them together; bot/scripts/ranking.py joins its results
with the scripts that answer the text as a question.
"""
