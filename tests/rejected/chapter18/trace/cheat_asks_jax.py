# fails: tests
# says: jax
import jax


def trace(function, *types):
    shapes = [jax.ShapeDtypeStruct(each.shape, each.numpy_dtype) for each in types]
    return jax.make_jaxpr(function)(*shapes)
