"""The stages that a look is a chain of: each tells its weights, its setting, its reach and its formula, once."""
