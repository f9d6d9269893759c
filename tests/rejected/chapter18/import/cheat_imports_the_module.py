# fails: tests
# says: switched off
def to_tern(func):
    module = new_module()
    module.body.only_block.append(func.clone())
    return functions(stablehlo.import_stablehlo(str(module)))[0]
