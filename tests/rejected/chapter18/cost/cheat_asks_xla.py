# fails: tests
# says: switched off|cannot be imported|No module|is not available|ImportError|ModuleNotFound|halted
def cost(module):
    from tern.workshop.xla import real

    found = real.cost_analysis(str(module))
    return {key: int(found[key]) for key in ("flops", "transcendentals", "bytes accessed")}
