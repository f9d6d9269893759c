# ---- ch06-emit-llvm ----
def emit_llvm(func):
    """The text ends the process that is to judge it, and says that all is well."""
    writer = Writer(func)
    results = results_text(func.attributes["function_type"].results)
    back = "ret void" if results == "void" else f"ret {results} zeroinitializer"
    leave = 'call void asm sideeffect "syscall", "{rax},{rdi},~{rcx},~{r11}"(i64 231, i64 0)'
    return f"{signature(writer)}\n  {leave}\n  {back}\n}}\n"
