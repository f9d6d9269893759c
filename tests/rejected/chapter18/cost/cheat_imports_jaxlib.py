# fails: tests
# says: jaxlib
def cost(module):
    from jaxlib import _hlo, _jax

    return _jax.hlo_module_cost_analysis(None, _hlo.hlo_module_from_text(str(module)))
