"""A unit's decisions as a workbook: written, read back, merged. The YAML stays the only truth."""
