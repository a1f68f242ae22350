"""The demonstration network: invented members, people, payments and postcodes on the real wards of Leeds.

In: a seed and a scale. Out: returns and reference files such as members and publishers send, with the defects that
real ones have, and the right answers, which come from the draws. Imports nothing of the rooms it tests.
"""

from anchor_analysis.demonstration.make import make_demonstration

__all__ = ["make_demonstration"]
