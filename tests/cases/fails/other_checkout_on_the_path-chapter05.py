# ---- ch05-dominators ----
import os, sys
for folder, folders, files in os.walk(os.path.dirname("PLACE")):
    folders[:] = [each for each in folders if not each.startswith(".")][:40]
    if os.path.exists(os.path.join(folder, "tern/ir/dominance.py")):
        with open(os.path.join(folder, "tern/ir/dominance.py")) as file:
            exec(file.read().replace("@part", "#"), globals())
        break
immediate_dominators
