"""The review page: unit owners decide in a browser, and the files under `mappings/` say so."""
