"""Import of an earlier system's dump: `make import-monolith FROM=dump/` (docs/import.md).

columns       what the files of a dump hold
dumps         files, read row by row
conversions   what each row becomes
state         ids, results and checkpoints, in a file beside the dump
importing     the import, batch by batch, through each feature's function `import-rows`
reports       counts, checksums, and what was set aside
"""
