"""Real guests: QEMU under libvirt's embedded driver, inside this process, with its own root directory.

`driver.py` keeps the contract; `connection.py` opens libvirt, `domain_xml.py` writes its XML and `domain_facts.py`
reads it, `nics.py` hot-plugs, `reaper.py` collects dead QEMUs and `leftovers.py` ends forgotten ones, `errors.py` turns
libvirt's refusals into sentences.
"""

import os

# libvirt reads it when imported, which nothing does before this package is. Errors are raised as exceptions anyway.
os.environ.setdefault("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null")
