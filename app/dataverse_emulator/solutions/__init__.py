"""Solutions: their components, and the messages that carry them from one environment to another (contract 07 §11).

``components.py`` finds what a component is, ``membership.py`` puts components into solutions and takes them out,
``requirements.py`` tells what they need; ``contents.py`` gathers what a solution holds, ``export_solution.py`` and
``import_solution.py`` carry it out and in as archives (``dataverse_emulator.importing.solutions``),
``jobs.py`` does the same as system jobs.
"""
