"""The pages of those who decide: the inbox, and the page on which a version is signed."""
