"""file_server.py FOLDER: an FTP server, pyftpdlib's. It says its port. The user ftp, whom LuaSocket names where it is told none,
may read, and ada, whose password is "secret", may write."""

import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

logging.basicConfig(level=logging.ERROR)
Handler = type("Handler", (FTPHandler,), {"authorizer": DummyAuthorizer()})
Handler.authorizer.add_user("ftp", "anonymous@anonymous.org", sys.argv[1])
Handler.authorizer.add_user("ada", "secret", sys.argv[1], perm="elradfmwMT")
server = FTPServer(("127.0.0.1", 0), Handler)
print(server.address[1], flush=True)
server.serve_forever(handle_exit=False)
