"""Try it: the editor's panel in which unsaved text answers a few cases beside production."""
