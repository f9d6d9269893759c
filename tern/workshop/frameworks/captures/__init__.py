"""The same function captured four ways: by proxies, from bytecode, with its gradient, by export."""
