"""Acts on the host: jobs, journal, locks, cutover, gate, guard.

Standard library only, Python >= 3.10, shipped as one file. It imports nothing else of ocrfleet, because nothing else is
on the host.
"""
