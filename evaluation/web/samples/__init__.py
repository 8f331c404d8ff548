"""The page of samples: what was answered on live traffic, worst first, and into the golden set."""
