"""Exported solutions: the zip archive with ``solution.xml`` and ``customizations.xml``, read and written (07 §11).

``reading.py`` makes drafts of an archive, ``writing.py`` an archive of a catalog's definitions; both say the same words
(``words.py``) and read and write the members of definitions the same way (``members.py``), so that what is written is
what is read.
"""
