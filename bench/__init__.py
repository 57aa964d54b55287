"""The speed that Mockingbird promises, one file a figure. `make bench` measures them all."""
