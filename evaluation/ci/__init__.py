"""The gate on the command line, for a pull request: evaluate prompt files, then hold them to a bar.

Two steps, as two commands: `promptcms evaluate` writes eval_results.json, `promptcms check`
reads it and says yes or no by its exit code. Both are also commands of `manage.py`.
"""
