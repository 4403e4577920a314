"""Pictures of the demo data, drawn by code: no photograph, and nobody else's work.

`python -m infra.local.demo.drawing` draws them again into infra/local/demo/pictures.
"""
