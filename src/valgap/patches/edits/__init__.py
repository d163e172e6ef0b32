"""One remedy a file: what it changes in the source of a script."""
