"""Our side of the wire: one module per Azure service, returning our own frozen dataclasses."""
