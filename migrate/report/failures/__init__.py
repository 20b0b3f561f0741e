"""Failures folded into families: what happened, who mends it, and what runs exactly these again."""
