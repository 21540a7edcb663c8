"""Messages that change definitions: tables, columns, relationships, keys, option sets (contract 07 §4 to §9).

A definition comes as a dictionary in the shape of the Web API's classes; what is kept has the form of the definition
files (``metadata.overlay``).
"""
