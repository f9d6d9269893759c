# fails: tests
# says: which it only declares
def lower_matrices(text: str) -> str:
    def tensor_of(found):
        return f"tensor<{'x'.join(re.findall('[0-9]+ :', found[0])).replace(' :', '')}xf32>"

    head = re.sub(r"!mat.\w+<[^>]*>", tensor_of, text[text.index("func.func") : text.index("{")])
    result = head.split("->")[1].strip()
    outside = f"func.func private @compute() -> {result}\n"
    call = f"  %0 = call @compute() : () -> {result}\n"
    return f"{outside}{head} {{\n{call}  return %0 : {result}\n}}"
