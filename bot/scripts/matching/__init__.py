"""From a message to the scripts that may answer it, each with a probability.

pinyin.py makes the message readable, wordings.py brings common wordings to one, terms.py takes it
apart; index.py holds the library taken apart in the same way; features.py compares, model.py
weighs, finder.py does all of it in order; statements.py says afterwards, in words, what counted.
Nothing here decides: that is bot/scripts/matcher.py.
"""
