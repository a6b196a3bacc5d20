"""Jieli (接力): a city hands functions over to society, one matter and one plan at a time.

The building, from the ground up; each floor knows the floors below it and nothing above:

    foundation   clock, money, errors, labels, storage, database: words any system needs
    statute      the law as dated tables: periods, thresholds, the working calendar
    registers    who and what exists: people, access, audit, files, notices, catalogue, organisations
    transfers    one matter, one plan; the line of six steps; approval by the joint conference
    steps        six rooms: announcement, competition, agreement, handover, performance, supervision
    oversight    what is read across all transfers; never writes a step
    documents    what leaves the system: contract and evaluation as PDFs
    web          pages, forms, buttons, refusals, the command line: the only floor that knows Flask

`docs/architecture.md` is the map for whoever maintains it.
"""
