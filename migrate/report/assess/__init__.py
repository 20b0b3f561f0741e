"""`assess`: what the snapshot holds, what is wrong with it, and the figures to be measured against.

Reads the snapshot only; keys, counts and repeated titles leave it, texts and names of people stay.
"""
