"""Find prompts among many: by folder, words, tag, owner and by what waits. Never a full count.

Each question is first asked for at most 1,001 prompts. When it leaves no more than 1,000,
the list is taken out of these; when it leaves more, the list is walked in the order of names
and is full after a few steps. Both stay fast at 100,000 prompts.
"""
