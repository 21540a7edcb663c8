"""Exported solutions as files: the zip archive with ``solution.xml`` and ``customizations.xml`` (07 §11).

``reading.py`` makes drafts of an archive, ``writing.py`` an archive of a catalog's definitions; both say the same words
(``words.py``) and read and write the members of definitions the same way (``members.py``), so that what is written is
what is read. The messages that carry such archives, and the rows of solutions, are those of
``dataverse_emulator.solutions``.
"""
