# ---- a cell of the reader ----
def show(node):
    return "wip"

# ---- a cell of the reader ----
1 +

# ---- a cell of the reader ----
undefined_name.attribute
print("never here")

# ---- ch03-printer ----
# BOOK chapter03 printer

# ---- a cell of the reader ----
%%writefile notes.md
# not Python at all: (

# ---- a cell of the reader ----
%%html
<b>bold</b>

# ---- a cell of the reader ----
%%bash
echo $HOME && false
