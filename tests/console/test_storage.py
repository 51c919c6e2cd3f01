"""Paths, signatures and words of the console's object store, without a node."""

import hashlib
import hmac
from urllib.parse import parse_qs, urlsplit

import pytest

from stacklab.console import storage
