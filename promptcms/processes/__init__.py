"""Starting, watching and stopping the processes that make up the product."""
