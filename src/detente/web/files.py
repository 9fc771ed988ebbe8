"""Jobs that give files: the report of a view, the changed scenario, tables."""
