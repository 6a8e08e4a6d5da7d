"""A simulated Azure on loopback, reached as an ordinary HTTP CONNECT proxy."""
