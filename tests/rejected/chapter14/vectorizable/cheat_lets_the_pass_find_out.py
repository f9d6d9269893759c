# fails: tests
# says: switched off|NotImplementedError|cannot be imported|halted
def vector_obstacle(loop, lanes):
    from tern.passes.vectorize import vectorize

    try:
        vectorize(loop.clone(), lanes)
    except NestError as error:
        return str(error)
    return ""
