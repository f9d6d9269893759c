# fails: tests
# says: numbers differ
def lower_matrices(text: str) -> str:
    with ir.Context(), ir.Location.unknown():
        matrix_dialect().load()
        module = ir.Module.parse(text)

    def tensor_of(found):
        return f"tensor<{'x'.join(re.findall('[0-9]+ :', found[0])).replace(' :', '')}xf32>"

    head = text[text.index("func.func") : text.index("{")]
    head = re.sub(r"!mat.\w+<[^>]*>", tensor_of, head)
    result = head.split("->")[1].strip()
    return f"{head} {{\n  %0 = tensor.empty() : {result}\n  return %0 : {result}\n}}"
