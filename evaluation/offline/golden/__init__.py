"""What is done with the cases of a golden dataset: edit, compare, export, look for secrets."""
