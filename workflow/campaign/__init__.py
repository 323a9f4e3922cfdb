"""What the workflow knows beside its rules: the table, the size of volumes, resources, stages."""
