"""Pages of reports and cases: a module for each kind of reader."""
