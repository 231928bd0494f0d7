"""Who hears whom and when: windows, skylines, what the stations do in turn and why there is a gap."""
