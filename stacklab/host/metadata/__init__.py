"""What a guest is told about itself: over HTTP at 169.254.169.254, or on a config drive.

`spec.py` is what the outside hands in; `openstack_tree.py` and `ec2_tree.py` know the two file trees, `tree.py` joins
them into one lookup and into a config drive, `server.py` serves it to whoever has the right source address.
"""
