import sys

if int(sys.argv[2]) > 0:
    import socket  # noqa: F401
