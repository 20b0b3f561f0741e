"""What something of HPSM's could become, weighed: candidates, their shares, and the reasons."""
