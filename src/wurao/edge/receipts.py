"""How the id of a receipt reads; ``wurao.edge._receipts`` draws and writes them."""

import re
from typing import Final

RECEIPT: Final = re.compile(r"\d{8}-[A-Za-z0-9_-]{12}", re.ASCII)
