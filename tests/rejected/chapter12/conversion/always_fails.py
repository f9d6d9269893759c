# fails: tests
# says: index-as-i64|expected ''
# To leave the module as it was is half of the promise.
def convert(module, conversion):
    return "it can't be done"
