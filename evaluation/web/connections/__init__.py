"""The page of the model connections: what each may do, what it cost, whether it answers."""
