"""From a message to the scripts that may answer it, each with a probability.

text.py and pinyin.py make the message comparable, wordings.py brings common wordings to one,
terms.py takes it apart; profile.py and index.py hold the library taken apart in the same way;
features.py compares, model.py weighs. Nothing here decides: bot/scripts/matcher.py does.
"""
