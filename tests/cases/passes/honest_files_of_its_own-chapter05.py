# ---- ch05-dominators ----
# BOOK chapter05 dominators

# ---- a cell of the reader ----
import json, os, pathlib, tempfile
with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "graph.json").write_text(json.dumps([[1], []]))
    print(os.listdir(folder))
pathlib.Path("notes.txt").write_text("mine\n")
os.rename("notes.txt", "kept.txt")
os.makedirs("a/b", exist_ok=True)
print(open("kept.txt").read(), os.getpid(), os.cpu_count(), sorted(os.environ)[:1])
os.remove("kept.txt")
