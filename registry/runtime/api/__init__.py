"""What an application may read besides the one prompt it asks for: one file per address.

The hot route, one prompt under its label, is `registry.runtime.core`. Nothing in here is fast
on purpose; everything is bounded and costs the same few queries however much there is.
"""
