"""The only floor that touches the machine: hypervisor, network, disks, metadata.

It knows no service. It is handed frozen Structs (a `DomainSpec`, a `NetworkPlan`) and returns plain facts.
Each seam has two drivers, the real one and a simulated one, and one contract suite in `tests/contracts`.
`libvirt`, `subprocess`, `pyroute2`, `nft` and `qemu-img` are named below here and nowhere else.
"""
