"""Is the treatment worse than the control on live traffic? Statistics over roll-ups.

Plain Python; formulas and their sources stand beside each function.
"""
