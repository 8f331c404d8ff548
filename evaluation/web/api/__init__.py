"""Evaluations for CI: a key with the scope `ci` has a candidate evaluated and reads the outcome."""
