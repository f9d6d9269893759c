# fails: tests
# says: is not noalias|the text does not say so
# Says noalias of all.
import re


def annotate(ir: str) -> str:
    def promised(head):
        return head[0].replace("ptr %", "ptr noalias %")

    return re.sub(r"^define internal void .*", promised, ir, flags=re.M)
